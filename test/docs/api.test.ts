import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { send, startTestServer } from '../infra/local/fixture.ts';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);
const page = read('docs/api.md');

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** Returns the first code block of a language. */
function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 's').exec(page)?.[1] ?? '';
}

interface Command {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Returns the arguments that a shell passes to each `curl` of a script. No curl runs. */
async function readCurls(script: string): Promise<Command[]> {
  const { stdout } = await run('sh', ['-c', `curl() { printf '%s\\0' "$@"; printf '\\n\\0'; }\n${script}`]);
  return stdout
    .split('\n\0')
    .filter(Boolean)
    .map((args) => toCommand(args.split('\0')));
}

function toCommand(args: string[]): Command {
  const command: Command = { method: '', path: '', headers: {}, body: undefined };
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '-X') command.method = args.shift() ?? '';
    else if (arg === '-d') command.body = (args.shift() ?? '').replace(/^@(.*)$/, (_, path: string) => read(path));
    else if (arg === '-H') {
      const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(args.shift() ?? '') ?? [];
      command.headers[name.toLowerCase()] = value;
    } else if (arg.startsWith('http://127.0.0.1:8787')) command.path = arg.slice('http://127.0.0.1:8787'.length);
    else if (arg !== '' && arg !== '-i') throw new Error(`unknown argument of curl: ${arg}`);
  }
  return { ...command, method: command.method || (command.body === undefined ? 'GET' : 'POST') };
}

test('every request of docs/api.md succeeds', async () => {
  const { url } = await startTestServer({ providers: { process: { type: 'process', ready_wait_seconds: 15 } } });
  const commands = await readCurls(blockOf('sh'));
  expect(commands.length).toBeGreaterThan(4);
  const statuses: [string, number][] = [];
  for (const { method, path, headers, body } of commands) {
    const { status } = await send(url, method, path, { headers, ...(body !== undefined && { body }) });
    statuses.push([`${method} ${path}`, status]);
  }
  expect(statuses).toEqual([
    ['POST /v1/tenants', 201],
    ['GET /v1/tenants/demo-web/status', 200],
    ['POST /v1/tenants/plan', 200],
    ['GET /v1/tenants?provider=process&phase=ready&limit=10', 200],
    ['GET /v1/tenants/demo-web/logs?tail=20', 200],
    ['DELETE /v1/tenants/demo-web', 204],
  ]);
});

test('the program of docs/api.md equals examples/client.ts, and runs', async () => {
  expect(`${blockOf('ts')}\n`).toBe(read('examples/client.ts'));
  const { url } = await startTestServer({ providers: { process: { type: 'process', ready_wait_seconds: 0 } } });
  const { stdout, stderr } = await run(process.execPath, [new URL('examples/client.ts', root).pathname, url]);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toMatch(/^running /);
  expect(lines).toContainEqual(expect.stringMatching(/^succeeded /));
  expect(lines.at(-1)).toMatch(/^acme is (?:updating|ready)$/);
});
