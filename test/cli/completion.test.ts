import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { findCompletions } from '../../src/cli/completion/find-completions.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

/** The words of fixed candidates, or the name of what is looked up. */
test.each([
  ['', expect.arrayContaining(['apply', 'get', 'context', 'help'])],
  ['get ', ['tenants', 'tenant', 'providers', 'operations']],
  ['apply -', expect.arrayContaining(['--file', '-f', '--dry-run', '--output', '--help'])],
  ['apply -f ', 'files'],
  ['apply -f x --provider ', 'providers'],
  ['status ', 'tenants'],
  ['status a ', 'tenants'],
  ['describe a ', []],
  ['get tenant ', 'tenants'],
  ['get tenants -l ', 'labels'],
  ['get tenants -o ', 'formats'],
  ['activity --state ', 'states'],
  ['logs a -c ', 'containers'],
  ['rollback a --to-revision ', 'revisions'],
  ['diff a 1 ', 'revisions'],
  ['--context ', 'contexts'],
  ['-o json describe ', 'tenants'],
  ['completion ', 'shells'],
  ['nonsense x ', []],
])('after "berth %s" fits what fits there', (line, expected) => {
  const { candidates, lookUp } = findCompletions(line.split(' '));
  expect(lookUp ?? candidates.map(({ word }) => word)).toEqual(expected);
});

test('every visible command and every option has a description, and hidden commands are not offered', () => {
  const hidden = commands.filter(({ hidden }) => hidden).map(({ name }) => name as string);
  for (const line of ['', ...commands.map(({ name }) => `${name} -`), 'get ', 'context ']) {
    for (const { word, about } of findCompletions(line.split(' ')).candidates) {
      expect(about, `${line}${word}`).toBeTruthy();
      expect(hidden).not.toContain(word);
    }
  }
});

const spec = {
  tenant_id: 'acme',
  provider_type: 'memory',
  containers: [
    { name: 'web', image: 'shop/web:1' },
    { name: 'worker', image: 'shop/worker:1' },
  ],
  resources: { cpu: 256, memory: 256 },
  labels: { plan: 'pro', zone: 'eu' },
};

async function startHostWithTenants(): Promise<string> {
  const { url } = await startTestServer();
  const specs = [spec, { ...spec, tenant_id: 'beta', labels: { plan: 'free' } }];
  const { code } = await cli(['apply', '-f', '-'], {
    endpoint: url,
    stdin: specs.map((each) => JSON.stringify(each)).join('\n---\n'),
  });
  expect(code).toBe(0);
  return url;
}

test('tenants, containers, revisions and labels come from the control plane, with descriptions', async () => {
  const url = await startHostWithTenants();
  const complete = async (...words: string[]) => (await cli(['complete', '--', ...words], { endpoint: url })).stdout;
  expect(await complete('describe', '')).toBe('acme\tready on memory\nbeta\tready on memory\n');
  expect(await complete('describe', 'x')).toBe('');
  expect(await complete('status', 'acme', '')).toBe('beta\tready on memory\n');
  expect(await complete('explain', 'mem')).toBe('memory\n');
  expect(await complete('get', 'tenants', '-o', 'j')).toBe('json\n');
  expect(await complete('apply', '--dr')).toBe('--dry-run\tPrint the changes without making them, like berth plan\n');
  expect(await complete('logs', 'acme', '-c', 'w')).toBe('web\tshop/web:1\nworker\tshop/worker:1\n');
  expect(await complete('logs', '-c', '')).toBe('');
  expect(await complete('rollback', 'acme', '--to-revision', '')).toMatch(/^1\t\d+s ago by \S+\n$/);
  expect(await complete('get', 'tenants', '-l', 'z')).toBe('zone=\t1 tenant\n');
  expect(await complete('get', 'tenants', '-l', 'plan=')).toBe('plan=free\t1 tenant\nplan=pro\t1 tenant\n');
  expect(await complete('get', 'tenants', '-l', 'plan=pro,')).toContain('plan=pro,zone=\t1 tenant\n');
});

test.each(['describe', 'explain'])('without a control plane, berth %s has no candidates and no error', async (verb) => {
  const answer = await cli(['complete', '--', verb, ''], { endpoint: 'http://127.0.0.1:1' });
  expect(answer).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each(['bash', 'zsh', 'fish'])(
  'the script for %s is printed, and is one that the shell can read',
  async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('complete --');
    const path = ['/bin', '/usr/bin'].map((folder) => `${folder}/${shell}`).find((file) => existsSync(file));
    // Skips shells that are not installed.
    if (path) execFileSync(path, ['-n', '-c', stdout]);
  },
);

/** Runs a script in a shell in which `berth` is a command, as after `npm link` in the clone. Returns its lines. */
async function inShell(shell: string, url: string, script: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(fileURLToPath(new URL('../../src/cli/berth.mjs', import.meta.url)), join(folder, 'berth'));
  const path = [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const env = { HOME: folder, PATH: path, BERTH_ENDPOINT: url, TERM: 'dumb' };
  const { stdout } = await promisify(execFile)(shell, ['-c', script], { env, cwd: folder });
  return stdout.trim().split('\n');
}

/** Tab, and the second Tab, which lists the candidates. */
const [TAB, LIST] = [9, 63];

const inBash: readonly (readonly [line: string, type: number, expected: string])[] = [
  ['berth rollb', TAB, 'rollback'],
  ['berth describe a', TAB, 'acme'],
  ['berth logs acme -c ', TAB, 'web|worker'],
  ['berth logs acme -c ', LIST, 'web  (shop/web:1)|worker  (shop/worker:1)'],
  ['berth get tenants -l z', TAB, 'zone='],
  // bash replaces only what follows the last "=".
  ['berth get tenants -l plan=', TAB, 'free|pro'],
  ['berth get tenants -l plan=f', LIST, 'free'],
];

test('bash completes commands, tenants, containers and labels, with descriptions in its lists', async () => {
  const url = await startHostWithTenants();
  const lines = inBash.map(
    ([line, type]) => `COMP_LINE='${line}' COMP_POINT=${line.length} COMP_TYPE=${type}
      _berth; (IFS='|'; echo "\${COMPREPLY[*]}")`,
  );
  const script = ['source <(berth completion bash); compopt() { :; }', ...lines].join('\n');
  expect(await inShell('/bin/bash', url, script)).toEqual(inBash.map(([, , expected]) => expected));
}, 60_000);

const fish = '/usr/bin/fish';

test.skipIf(!existsSync(fish))(
  'fish completes with descriptions',
  async () => {
    const url = await startHostWithTenants();
    const script = `berth completion fish | source
    complete -C 'berth describe a'; complete -C 'berth logs acme -c w'; complete -C 'berth get tenants -l plan='`;
    expect(await inShell(fish, url, script)).toEqual([
      'acme\tready on memory',
      'web\tshop/web:1',
      'worker\tshop/worker:1',
      'plan=free\t1 tenant',
      'plan=pro\t1 tenant',
    ]);
  },
  60_000,
);

const zsh = '/usr/bin/zsh';

test.skipIf(!existsSync(zsh))(
  'zsh completes with descriptions',
  async () => {
    const url = await startHostWithTenants();
    // Its completion runs in an interactive shell only: a second one, on a pseudo-terminal, whose screen is read.
    const script = `zmodload zsh/zpty
    zpty shell zsh -f -i
    typed() { zpty -w shell "$1"; }
    typed 'PS1= RPS1= ; setopt no_list_beep; bindkey "^I" complete-word; autoload -Uz compinit; compinit -u'
    typed 'source <(berth completion zsh); echo READY''_NOW'
    until [[ "$screen" == *READY_NOW* ]]; do zpty -r shell line || exit 1; screen+=$line; done
    zpty -w -n shell $'berth logs acme -c w\\t'
    until [[ "$line" == *worker:1* ]]; do zpty -r shell line || exit 1; print -r -- "$line"; done
    zpty -d shell`;
    const screen = (await inShell(zsh, url, script)).join('\n');
    expect(screen).toMatch(/web +-- shop\/web:1/);
    expect(screen).toMatch(/worker +-- shop\/worker:1/);
  },
  60_000,
);

test('an unsupported shell is refused', async () => {
  expect(await cli(['completion', 'cmd'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('bash, zsh, fish'),
  });
});
