import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { send, startTestServer, temporaryDirectory } from './fixture.ts';

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
}

test.each([0o000, 0o022, 0o077])('under the umask %o only this user can read what the host writes', async (umask) => {
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
  const dataDir = join(temporaryDirectory(), 'deep/er');
  const { url, token } = await startTestServer({ dataDir, token: true, providers: { process: { type: 'process' } } });
  const headers = { authorization: `Bearer ${token?.value}` };
  const spec = {
    tenant_id: 'acme',
    provider_type: 'process',
    resources: { cpu: 256, memory: 512 },
    containers: [{ name: 'web', image: 'none', command: ['sh', '-c', 'echo started; exec sleep 60'] }],
  };
  await send(url, 'POST', '/v1/tenants', { headers, body: spec });
  await expect
    .poll(async () => (await send(url, 'GET', '/v1/tenants/acme/logs', { headers })).text)
    .toContain('started');
  const entries = [join(dataDir, '..'), dataDir, ...filesIn(dataDir)].map((path) => ({ path, about: lstatSync(path) }));
  const names = entries.map(({ path }) => relative(dataDir, path));
  for (const name of ['berth.db', 'berth.db-wal', 'berth.log', 'host.pid', 'token', 'process/acme/record.json']) {
    expect(names).toContain(name);
  }
  const open = entries.filter(({ about }) => (about.mode & 0o777) !== (about.isDirectory() ? 0o700 : 0o600));
  expect(open.map(({ path, about }) => `${relative(dataDir, path)} ${(about.mode & 0o777).toString(8)}`)).toEqual([]);
  await send(url, 'DELETE', '/v1/tenants/acme', { headers });
});
