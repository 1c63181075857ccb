import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memorySpec } from '../../functions/invoke.ts';
import { run, untilListening } from './child.ts';
import { send, temporaryDirectory } from './fixture.ts';

const memory = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":300}}' };

test('the first line tells the address, and port and directory come from the environment', async () => {
  const dataDir = temporaryDirectory();
  const child = run('main.ts', { env: { ...memory, BERTH_PORT: '0', BERTH_DATA_DIR: join(dataDir, 'deep/er') } });
  const url = await untilListening(child);
  expect(child.output().split('\n')[0]).toBe(`Berth is listening on ${url}`);
  expect((await send(url, 'GET', '/v1/providers')).text).toBe('{"providers":["memory"]}');
  expect(existsSync(join(dataDir, 'deep/er/berth.log'))).toBe(true);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it after the requests under way, and tells what stays',
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

test('the second signal of one Ctrl-C changes nothing; one that comes later ends it at once', async () => {
  const slow = { BERTH_PROVIDERS: '{"memory":{"type":"memory","latency_ms":20000}}' };
  const child = run('main.ts', { env: slow, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
  const url = await untilListening(child);
  const refused = expect(send(url, 'POST', '/v1/tenants', { body: memorySpec() })).rejects.toThrow();
  await send(url, 'GET', '/v1/providers');
  child.process.kill('SIGINT');
  await expect.poll(child.output).toContain('Stopping');
  child.process.kill('SIGINT');
  const begun = performance.now();
  const timer = setInterval(() => child.process.kill('SIGINT'), 100);
  expect(await child.ended).toBe(130);
  clearInterval(timer);
  expect(performance.now() - begun).toBeGreaterThan(200);
  await refused;
});

test('it names the tenants it leaves, and how to get hold of them', async () => {
  const child = run('main.ts', { env: memory, args: ['--port', '0', '--data-dir', temporaryDirectory()] });
  const url = await untilListening(child);
  await send(url, 'POST', '/v1/tenants', { body: memorySpec() });
  child.process.kill('SIGTERM');
  expect(await child.ended).toBe(0);
  expect(child.output()).toContain('left these tenants running: acme (memory)');
  expect(child.output()).toContain('npx berth destroy TENANT_ID');
});

test('a second host on the same directory is refused, and after a SIGKILL the directory is free', async () => {
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

test('a taken port is a sentence', async () => {
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
])('a mistake is one sentence and no stack: %o %o', async (args, env, message) => {
  const directory = args.includes('--data-dir') ? [] : ['--data-dir', temporaryDirectory()];
  const child = run('main.ts', { args: [...args, ...directory], env });
  expect(await child.ended).toBe(1);
  expect(child.output()).toContain(message);
  expect(child.output()).not.toMatch(/\n\s+at /);
});

test.each(['main.ts', 'demo/demo.ts'] as const)('%s --help explains the options', async (file) => {
  const child = run(file, { args: ['--help'] });
  expect(await child.ended).toBe(0);
  for (const text of ['--port', '--data-dir', 'BERTH_PORT', 'BERTH_DATA_DIR']) expect(child.output()).toContain(text);
});
