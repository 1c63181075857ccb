import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLocalServer } from '../../../infra/local/server.ts';
import { memorySpec } from '../../functions/invoke.ts';
import { send, temporaryDirectory } from './fixture.ts';

const persistent = { providers: { memory: { type: 'memory', persist: true } } };
const forgetful = { providers: { memory: { type: 'memory' } } };

test('the host does not start while a setting would hide tenants, and starts once they are gone', async () => {
  const dataDir = temporaryDirectory();
  const start = (options: typeof persistent | typeof forgetful) => startLocalServer({ port: 0, dataDir, ...options });
  const first = await start(persistent);
  await send(first.url, 'POST', '/v1/tenants', { body: memorySpec() });
  await first.close();
  await expect(start(forgetful)).rejects.toMatchObject({
    name: 'CommandError',
    message: expect.stringMatching(
      /1 tenant is at another place .* memory: backend was .* and is now memory\n.*Restore/,
    ),
  });
  const restored = await start(persistent);
  expect(await send(restored.url, 'GET', '/v1/tenants/acme/status')).toMatchObject({ body: { state: 'running' } });
  expect(await send(restored.url, 'DELETE', '/v1/tenants/acme')).toMatchObject({ status: 204 });
  await restored.close();
  await (await start(forgetful)).close();
});

test('an operator accepts the present place where the old one is gone', async () => {
  const dataDir = temporaryDirectory();
  const first = await startLocalServer({ port: 0, dataDir, ...persistent });
  await send(first.url, 'POST', '/v1/tenants', { body: memorySpec() });
  await first.close();
  process.env.BERTH_ACCEPT_PLACE = 'memory';
  try {
    const accepted = await startLocalServer({ port: 0, dataDir, ...forgetful });
    const { status } = await send(accepted.url, 'DELETE', '/v1/tenants/acme');
    expect(status).toBe(204);
    await accepted.close();
  } finally {
    delete process.env.BERTH_ACCEPT_PLACE;
  }
});

test('a data directory that is moved as a whole, or whose files are removed, stays the same place', async () => {
  const parent = temporaryDirectory();
  const [old, moved] = [join(parent, 'old'), join(parent, 'moved')];
  const first = await startLocalServer({ port: 0, dataDir: old, ...persistent });
  await send(first.url, 'POST', '/v1/tenants', { body: memorySpec() });
  await first.close();
  renameSync(old, moved);
  const second = await startLocalServer({ port: 0, dataDir: moved, ...persistent });
  expect(await send(second.url, 'GET', '/v1/tenants/acme/status')).toMatchObject({ body: { state: 'running' } });
  await second.close();
  renameSync(moved, old);
  rmSync(join(old, 'memory'), { recursive: true });
  await (await startLocalServer({ port: 0, dataDir: old, ...persistent })).close();
});
