import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { requestDetails } from '../../src/events/request.ts';
import { startTestServer } from '../infra/local/fixture.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root.pathname })];

interface Block {
  page: string;
  language: string;
  text: string;
}

const blocks: Block[] = pages.flatMap((page) =>
  [...readFileSync(new URL(page, root), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ page, language, text }),
  ),
);

/** Returns the lines of commands in a block, without prompts, comments and output. */
function commandsIn({ language, text }: Block): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  const commands = language === 'console' ? lines.filter((line) => line.startsWith('$ ')) : lines;
  return commands.map((line) => line.replace(/^\$ /, '').replace(/\s+#.*$/, '')).filter((line) => line !== '');
}

const shellBlocks = blocks.filter(({ language }) => ['', 'sh', 'console'].includes(language));

/** Returns the words of each call of `berth` or `npx berth` in a script. A shell splits them; nothing else runs. */
async function berthCallsIn(script: string): Promise<string[][]> {
  const stub = 'berth() { printf "%s\\0" "$@"; printf "\\n\\0"; }; npx() { shift; berth "$@"; }';
  const { stdout } = await run('sh', ['-c', `${stub}\n${script}`]).catch((error: { stdout: string }) => error);
  return stdout
    .split('\n\0')
    .filter(Boolean)
    .map((words) => words.split('\0').slice(0, -1));
}

test('there are blocks to look at', () => {
  expect(blocks.length).toBeGreaterThan(60);
  expect(shellBlocks.flatMap(commandsIn).filter((line) => /^(?:npx )?berth /.test(line)).length).toBeGreaterThan(30);
});

test('every JSON block is JSON', () => {
  for (const { page, language, text } of blocks) {
    if (language === 'json') expect(() => JSON.parse(text), `${page}\n${text}`).not.toThrow();
  }
});

test('every command line of berth is one that berth accepts', async () => {
  const refused: string[] = [];
  for (const block of shellBlocks) {
    for (const line of commandsIn(block)) {
      // A usage line of the reference stands for many command lines.
      if (/[[<]/.test(line) || !/^(?:npx )?berth /.test(line)) continue;
      const [command = ''] = line.split(/ [|>]/);
      for (const words of await berthCallsIn(command)) {
        const write = () => {};
        const program = createProgram({
          version: '0',
          write,
          writeError: write,
          choose: write,
          columns: 100,
          first: undefined,
        });
        try {
          program.parse(words, { from: 'user' });
        } catch (error) {
          if ((error as { exitCode?: number }).exitCode !== 0) refused.push(`${block.page}: ${line}: ${error}`);
        }
      }
    }
  }
  expect(refused).toEqual([]);
});

test('every npm script and every file of the tree that a command names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: object };
  const missing: string[] = [];
  for (const block of shellBlocks) {
    for (const line of commandsIn(block)) {
      for (const [, name = ''] of line.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)) {
        if (!Object.hasOwn(scripts, name)) missing.push(`${block.page}: npm run ${name}`);
      }
      for (const [path] of line.matchAll(/\b(?:examples|bench|docs|test|infra)\/[\w./-]+\.\w+/g)) {
        if (!existsSync(new URL(path, root))) missing.push(`${block.page}: ${path}`);
      }
    }
  }
  expect(missing).toEqual([]);
});

test('examples/events/request.json is a request that the bus of the local host accepts', async () => {
  const entries = JSON.parse(readFileSync(new URL('examples/events/request.json', root), 'utf8')) as {
    DetailType: keyof typeof requestDetails;
    Detail: string;
  }[];
  for (const { DetailType, Detail } of entries) {
    expect(requestDetails[DetailType].safeParse(JSON.parse(Detail)).success).toBe(true);
  }
  const { url } = await startTestServer();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ Entries: entries }),
  });
  expect(await response.json()).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
});
