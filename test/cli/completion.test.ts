import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { findCompletions } from '../../src/cli/completions.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

test.each([
  ['', { words: expect.arrayContaining(['apply', 'get', 'context', 'help']) }],
  ['get ', { words: ['tenants', 'tenant', 'providers', 'operations'] }],
  ['apply -', { words: expect.arrayContaining(['--file', '-f', '--dry-run', '--output', '--help']) }],
  ['apply -f ', { words: [], lookUp: 'files' }],
  ['apply -f x --provider ', { words: [], lookUp: 'providers' }],
  ['status ', { words: [], lookUp: 'tenants' }],
  ['status a ', { words: [], lookUp: 'tenants' }],
  ['describe a ', { words: [] }],
  ['get tenant ', { words: [], lookUp: 'tenants' }],
  ['get tenants -o ', { words: [], lookUp: 'formats' }],
  ['--context ', { words: [], lookUp: 'contexts' }],
  ['-o json describe ', { words: [], lookUp: 'tenants' }],
  ['completion ', { words: [], lookUp: 'shells' }],
  ['nonsense x ', { words: [] }],
])('after "berth %s" fits what fits there', (line, expected) => {
  expect(findCompletions(line.split(' '))).toEqual(expected);
});

test('hidden commands are not offered', () => {
  const { words } = findCompletions(['']);
  for (const { name, hidden } of commands) if (hidden) expect(words).not.toContain(name);
});

test('tenant ids and provider names come from the control plane; without one there are none', async () => {
  const { url } = await startTestServer();
  const spec = {
    tenant_id: 'acme',
    provider_type: 'memory',
    containers: [{ name: 'a', image: 'b' }],
    resources: { cpu: 128, memory: 128 },
  };
  await cli(['apply', '-f', '-'], { endpoint: url, stdin: JSON.stringify(spec) });
  const complete = (...words: string[]) => cli(['complete', '--', ...words], { endpoint: url });
  expect((await complete('describe', '')).stdout).toBe('acme\n');
  expect((await complete('describe', 'x')).stdout).toBe('');
  expect((await complete('explain', 'mem')).stdout).toBe('memory\n');
  expect((await complete('get', 'tenants', '-o', 'j')).stdout).toBe('json\n');
  expect((await complete('apply', '--dr')).stdout).toBe('--dry-run\n');
  expect(await cli(['complete', '--', 'describe', ''], { endpoint: 'http://127.0.0.1:1' })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test.each(['bash', 'zsh', 'fish'])(
  'the script for %s is printed, and is one that the shell can read',
  async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('complete --');
    const path = ['/bin', '/usr/bin'].map((folder) => `${folder}/${shell}`).find((file) => existsSync(file));
    // Skips shells that are not installed.
    if (path) execFileSync(path, ['-n'], { input: stdout });
  },
);

test('the bash script completes', async () => {
  const { stdout } = await cli(['completion', 'bash']);
  const script = [
    `berth() { [ "$2" = -- ] && printf '%s\\n' apply context ; }`,
    stdout,
    'COMP_WORDS=(berth a); COMP_CWORD=1; _berth; echo "$' + '{COMPREPLY[@]}"',
  ].join('\n');
  expect(execFileSync('/bin/bash', ['-c', script], { encoding: 'utf8' })).toBe('apply\n');
});

test('an unsupported shell is refused', async () => {
  expect(await cli(['completion', 'cmd'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('bash, zsh, fish'),
  });
});
