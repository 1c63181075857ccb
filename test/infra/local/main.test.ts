import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { memorySpec } from '../../functions/invoke.ts';
import { run, untilListening } from './child.ts';
import { send, temporaryDirectory } from './fixture.ts';

const memory = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":300}}' };

test('the first line has the address, and port and directory come from the environment', async () => {
  const dataDir = temporaryDirectory();
  const child = run('main.ts', { env: { ...memory, BERTH_PORT: '0', BERTH_DATA_DIR: join(dataDir, 'deep/er') } });
  const url = await untilListening(child);
  expect(child.output().split('\n')[0]).toBe(`Berth is listening on ${url}`);
  expect((await send(url, 'GET', '/v1/providers')).text).toBe('{"providers":["memory"]}');
  expect(existsSync(join(dataDir, 'deep/er/berth.log'))).toBe(true);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it after the requests under way, with a last message',
  async (signal) => {
    const child = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
    const url = await untilListening(child);
    const underWay = send(url, 'POST', '/v1/tenants', { body: memorySpec() });
    // The request is under way once a second one, sent later, is answered.
    await send(url, 'GET', '/v1/providers');
    child.process.kill(signal);
    expect(await underWay).toMatchObject({ status: 201 });
    expect(await child.ended).toBe(0);
    expect(child.output()).toMatch(/Berth has stopped/);
  },
);

test('the second signal of one Ctrl-C changes nothing; a later one ends the host at once', async () => {
  const slow = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":20000}}' };
  const child = run('main.ts', { env: slow, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
  const url = await untilListening(child);
  const refused = expect(send(url, 'POST', '/v1/tenants', { body: memorySpec() })).rejects.toThrow();
  await send(url, 'GET', '/v1/providers');
  child.process.kill('SIGINT');
  await expect.poll(child.output).toContain('Stopping');
  child.process.kill('SIGINT');
  const startedAt = performance.now();
  const timer = setInterval(() => child.process.kill('SIGINT'), 100);
  expect(await child.ended).toBe(130);
  clearInterval(timer);
  expect(performance.now() - startedAt).toBeGreaterThan(200);
  await refused;
});

test('it names the tenants that keep running, and how to manage them again', async () => {
  const child = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
  const url = await untilListening(child);
  await send(url, 'POST', '/v1/tenants', { body: memorySpec() });
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe(0);
  expect(child.output()).toContain('left these tenants running: acme (memory)');
  expect(child.output()).toContain('npx berth destroy TENANT_ID');
});

test('a second host on the same directory is refused, and a SIGKILL of the first frees the directory', async () => {
  const args = ['--port', '0', '--data-dir', temporaryDirectory()];
  const first = run('main.ts', { env: memory, args });
  await untilListening(first);
  const second = run('main.ts', { env: memory, args });
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(new RegExp(`^Another Berth \\(process ${first.process.pid}\\) is using`));
  first.process.kill('SIGKILL');
  await first.ended;
  await untilListening(run('main.ts', { env: memory, args }));
});

test('a taken port is reported in a sentence', async () => {
  const first = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
  const { port } = new URL(await untilListening(first));
  const second = run('main.ts', { env: memory, args: ['--port', port, '--data-dir', temporaryDirectory()] });
  expect(await second.ended).toBe(1);
  expect(second.output()).toBe(`Port ${port} is taken.\nChoose another with --port; --port 0 finds a free one.\n`);
});

test.each<[string[], Record<string, string>, string]>([
  [['--prot', '1'], {}, "Unknown option '--prot'"],
  [['--port', '99999'], {}, '--port must be a whole number'],
  [['--port', 'x'], {}, '--port must be a whole number'],
  [[], { BERTH_PORT: 'canary' }, 'BERTH_PORT: must be a whole number'],
  [[], { BERTH_PROVIDERS: '{"memory":{"type":"memory","canary":1}}' }, 'BERTH_PROVIDERS/memory'],
  [['--data-dir', '/dev/null/x'], memory, 'cannot be created'],
])('a mistake is reported in a sentence without a stack: %o %o', async (args, env, message) => {
  const directory = args.includes('--data-dir') ? [] : ['--data-dir', temporaryDirectory()];
  const child = run('main.ts', { args: [...args, ...directory], env });
  expect(await child.ended).toBe(1);
  expect(child.output()).toContain(message);
  expect(child.output()).not.toMatch(/\n\s+at /);
});

test.each([
  ['a folder', 'berth.db/x', 'is a folder'],
  ['a text', 'berth.db', 'is not a database'],
  ['LevelDB files', 'tables/CURRENT', 'was written by an older version of Berth'],
])('a data directory with %s is refused in two lines', async (_, file, message) => {
  const directory = temporaryDirectory();
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), 'x'.repeat(5000));
  const child = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', directory] });
  expect(await child.ended).toBe(1);
  expect(child.output()).toContain(message);
  expect(child.output().trimEnd().split('\n')).toHaveLength(2);
});

const processProvider = { BERTH_PROVIDERS: '{"process":{"type":"process"}}' };

test.skipIf(process.platform !== 'linux')(
  'a provider whose folder takes no files is refused without a stack',
  async () => {
    const directory = temporaryDirectory();
    symlinkSync('/proc', join(directory, 'process'));
    const child = run('main.ts', { env: processProvider, args: ['--port', '0', '--data-dir', directory] });
    expect(await child.ended).toBe(1);
    expect(child.output()).toMatch(/^The provider process cannot start: .+\nCheck its folder .+\n$/);
  },
);

test('a data directory that is a file is refused in two lines', async () => {
  const file = join(temporaryDirectory(), 'data');
  writeFileSync(file, 'x');
  const child = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', file] });
  expect(await child.ended).toBe(1);
  expect(child.output()).toContain('cannot be created (EEXIST)');
  expect(child.output().trimEnd().split('\n')).toHaveLength(2);
});

test.each(['main.ts', 'demo/demo.ts'] as const)('%s --help describes the options', async (file) => {
  const child = run(file, { args: ['--help'] });
  expect(await child.ended).toBe(0);
  for (const text of ['--port', '--data-dir', 'BERTH_PORT', 'BERTH_DATA_DIR']) expect(child.output()).toContain(text);
});
