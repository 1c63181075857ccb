import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../infra/local/database/database.ts';
import { StorageFullError } from '../../../src/compute/errors.ts';
import { run, untilListening } from './child.ts';
import { send, temporaryDirectory } from './fixture.ts';

test('a database without room refuses a write as storage_full, and takes it once there is room', () => {
  const connection = new DatabaseSync(':memory:');
  const database = new Database(connection);
  database.run('CREATE TABLE texts (text TEXT)');
  connection.exec('PRAGMA max_page_count = 4');
  const write = () => database.transaction(() => database.run('INSERT INTO texts VALUES (?)', 'x'.repeat(50_000)));
  expect(write).toThrow(StorageFullError);
  expect(write).toThrow('the disk is full: the database of Berth cannot be written');
  connection.exec('PRAGMA max_page_count = 1000');
  expect(write()).toBe(1);
  database.close();
});

const trial = temporaryMount();
if (!trial) process.stdout.write('skipped: this user cannot mount a small file system (mount -t tmpfs)\n');
if (trial) spawnSync('umount', [trial]);

/** Mounts a file system of 8 MB. Returns its folder; undefined where this user may not. */
function temporaryMount(folder = join(process.env.TMPDIR ?? '/tmp', `berth-mount-${process.pid}`)): string | undefined {
  spawnSync('mkdir', ['-p', folder]);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]).status === 0;
  if (!isMounted) rmSync(folder, { recursive: true });
  return isMounted ? folder : undefined;
}

const body = (tenant_id: string, command: string[]) => ({
  tenant_id,
  provider_type: 'process',
  containers: [{ name: 'web', image: 'example/app:1', command }],
  resources: { cpu: 250, memory: 128 },
});

test.skipIf(!trial)(
  'on a full disk the host answers 507, stays up, starts again, and goes on when there is room',
  async () => {
    const folder = temporaryMount(temporaryDirectory()) ?? '';
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    const env = { BERTH_PROVIDERS: '{"process":{"type":"process","stop_grace_seconds":1}}' };
    const options = { env, args: ['--port', '0', '--data-dir', join(folder, 'data')] };
    const first = run('main.ts', options);
    const url = await untilListening(first);
    expect((await send(url, 'POST', '/v1/tenants', { body: body('noisy', ['yes']) })).status).toBeLessThan(300);

    const fill = join(folder, 'fill');
    const late = body('late', ['sleep', '1000']);
    await expect
      .poll(
        async () => {
          spawnSync('dd', ['if=/dev/zero', `of=${fill}${Date.now()}`, 'bs=4k']);
          return (await send(url, 'POST', '/v1/tenants', { body: late })).body;
        },
        { timeout: 30_000 },
      )
      .toMatchObject({ code: 'storage_full', status: 507, retryable: true });
    expect(first.process.exitCode).toBeNull();
    expect((await send(url, 'GET', '/v1/tenants')).status).toBe(200);

    first.process.kill('SIGKILL');
    await first.ended;
    const second = run('main.ts', options);
    const isUp = await untilListening(second).catch(() => undefined);
    expect(second.output()).not.toMatch(/\n\s+at /);
    spawnSync('sh', ['-c', `rm -f ${fill}*`]);
    const next = isUp ?? (await untilListening(run('main.ts', options)));
    const status = async () => (await send(next, 'POST', '/v1/tenants', { body: late })).status;
    await expect.poll(status, { timeout: 30_000 }).toBeLessThan(300);
    for (const tenant of ['noisy', 'late']) {
      await expect
        .poll(async () => (await send(next, 'DELETE', `/v1/tenants/${tenant}`)).status, { timeout: 30_000 })
        .toBeLessThan(300);
    }
    expect(existsSync(join(folder, 'data/process/noisy'))).toBe(false);
  },
);
