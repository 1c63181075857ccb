import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { credentialsOf, findEndpoint } from '../../src/cli/endpoint.ts';
import { readEnvironment } from '../../src/cli/environment.ts';
import { temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

function prepare() {
  const home = temporaryDirectory();
  const env = { XDG_CONFIG_HOME: home };
  return { file: join(home, 'berth', 'config.json'), env, run: (words: string) => cli(words.split(' '), { env }) };
}

test('contexts are created, selected, listed and deleted', async () => {
  const { run, file } = prepare();
  expect((await run('context list')).stderr).toContain('There are no contexts yet.');
  expect(await run('context set local --endpoint http://127.0.0.1:8787/')).toMatchObject({
    code: 0,
    stderr: 'Context local points to http://127.0.0.1:8787 and is the current context.\n',
  });
  await run('context set prod --endpoint https://berth.example.com');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await run('context list')).stdout).toMatch(/^local +yes +http:\/\/127\.0\.0\.1:8787 +-\nprod +- +https:/m);
  await run('context use prod');
  expect((await run('context list -o json')).stdout).toContain('"current": "prod"');
  await run('context delete prod');
  expect((await run('context list -o name')).stdout).toBe('local\n');
  expect(await run('context use prod')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('context "prod" does not exist'),
  });
  expect(await run('context delete __proto__')).toMatchObject({ code: 1 });
});

test.each([
  ['context set x', 4, '--endpoint is required'],
  ['context set x --endpoint ftp://x', 1, 'is not the URL of a control plane'],
  ['context set x --endpoint http://a:b@x', 1, 'contains credentials'],
  ['context set ../x --endpoint http://x', 1, 'is not a valid context name'],
  ['context set x --endpoint https://x --region here', 4, 'region must be an AWS region, such as eu-central-1'],
  ['context set x --endpoint https://x --token-file t --profile p', 4, 'token_file excludes profile and region'],
])('%s is refused', async (words, code, message) => {
  expect(await prepare().run(words)).toMatchObject({ code, stderr: expect.stringContaining(message) });
});

test('a context tells how requests are authorized, and BERTH_TOKEN wins over it', async () => {
  const { run, env } = prepare();
  const file = join(temporaryDirectory(), 'token');
  writeFileSync(file, 'first-token\n');
  await run(`context set token --endpoint https://a --token-file ${file}`);
  await run('context set signed --endpoint https://b --profile prod --region eu-central-1');
  const credentials = async (context: string, more: Record<string, string> = {}) => {
    const environment = readEnvironment({ ...env, ...more });
    return credentialsOf(await findEndpoint({ context }, environment), environment);
  };
  expect(await credentials('token')).toEqual({ token: 'first-token' });
  expect(await credentials('signed')).toEqual({ signing: { profile: 'prod', region: 'eu-central-1' } });
  expect(await credentials('signed', { BERTH_TOKEN: 'other' })).toEqual({ token: 'other' });
  const list = (await run('context list')).stdout;
  expect(list).toMatch(/^token .* token in \S+\/token$/m);
  expect(list).toMatch(/^signed .* profile prod, region eu-central-1$/m);
  expect(list).not.toContain('first-token');

  rmSync(file);
  const gone = await run('--context token get tenants');
  expect(gone).toMatchObject({ code: 1 });
  expect(gone.stderr).toContain(`the token file of the context cannot be read: ${file} (ENOENT)`);
});

test('flags win over the environment, and the environment wins over the contexts file', async () => {
  const { run, env } = prepare();
  await run('context set first --endpoint http://first');
  await run('context set second --endpoint http://second');
  const find = async (options: { endpoint?: string; context?: string }, more: Record<string, string> = {}) =>
    (await findEndpoint(options, readEnvironment({ ...env, ...more }))).url;
  const all = { BERTH_ENDPOINT: 'http://variable', BERTH_CONTEXT: 'second' };
  expect(await find({ endpoint: 'http://flag', context: 'second' }, all)).toBe('http://flag');
  expect(await find({ context: 'second' }, all)).toBe('http://second');
  expect(await find({}, all)).toBe('http://variable');
  expect(await find({}, { BERTH_CONTEXT: 'second' })).toBe('http://second');
  expect(await find({})).toBe('http://first');
  expect(await find({}, { XDG_CONFIG_HOME: '/nonexistent' })).toBe('http://127.0.0.1:8787');
  await expect(find({ context: 'third' })).rejects.toThrow('which does not exist (known: first, second)');
});

test.each([
  '{',
  '[]',
  '{"contexts":{"a":{}}}',
  '{"contexts":{"a":{"endpoint":"x"}}}',
  '{"contexts":{"a":{"endpoint":"http://a","profile":7}}}',
])('a contexts file that holds %s is refused by name', async (text) => {
  const { run, file } = prepare();
  await run('context set a --endpoint http://a');
  writeFileSync(file, text);
  const { code, stderr } = await run('get tenants');
  expect(code).toBe(1);
  expect(stderr).toContain(file);
});
