import { expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { send } from './door/load.ts';
import { updateUnderLoad, versionOf } from './door/updates.ts';

const settings = { type: 'process', ready_wait_seconds: 20, stop_grace_seconds: 2 };

test('no request to a stable address fails while updates and a rollback switch versions', async () => {
  const server = await startTestServer({ providers: { process: settings } });
  const { sent, failed, versions } = await updateUnderLoad(server, { updates: 2, rollbacks: 1, clients: 6 });
  expect(failed).toEqual([]);
  expect([...versions].sort()).toEqual(['0', '1', '2']);
  expect(sent).toBeGreaterThan(0);
});

test('a tenant keeps its address over a restart of Berth, and its hostname leads to it, too', async () => {
  const first = await startTestServer({ providers: { process: settings } });
  const spec = { ...versionOf('acme', 1), networking: { hostname: 'shop.example.com' } };
  const { data } = await createClient({ endpoint: first.url }).provisionTenant(spec);
  const port = first.frontDoorPort ?? 0;
  const url = `http://acme.localhost:${port}`;
  expect(data.endpoints[0]).toMatchObject({ url, stable: true, name: 'http' });
  expect(data.endpoints).toHaveLength(2);
  const warnings = (await createClient({ endpoint: first.url }).validateTenantSpec(spec)).data.warnings;
  expect(warnings).toEqual([]);
  await first.close();

  const server = await startTestServer({
    providers: { process: settings },
    dataDir: first.dataDir,
    frontDoorPort: port,
  });
  const client = createClient({ endpoint: server.url });
  for (const host of ['acme.localhost', 'http--acme.localhost:80', 'ACME.localhost', 'shop.example.com']) {
    expect(await send({ port, host, method: 'GET' })).toMatchObject({ status: 200, body: '1' });
  }
  const status = (await client.getTenantStatus('acme')).data;
  const tenant = (await client.getTenant('acme')).data;
  const { tenants } = (await client.listTenants()).data;
  for (const endpoints of [status.endpoints, tenant.endpoints, tenants[0]?.endpoints]) {
    expect(endpoints?.[0]).toMatchObject({ url, stable: true });
    expect(endpoints).toHaveLength(2);
  }
  expect(await send({ port, host: 'globex.localhost', method: 'GET' })).toMatchObject({ status: 404 });
  for (const host of ['127.0.0.1', 'localhost', new URL(server.url).host]) {
    expect(await send({ port, host, method: 'GET', path: '/v1/tenants' })).toMatchObject({ status: 404 });
  }
  await client.stopTenant('acme');
  const stopped = await send({ port, host: 'acme.localhost', method: 'GET' });
  expect(stopped).toMatchObject({ status: 503, body: expect.stringContaining('It is stopped.') });
  await client.destroyTenant('acme');
  await expect.poll(() => send({ port, host: 'acme.localhost', method: 'GET' })).toMatchObject({ status: 404 });
});

test('without a front door, tenants have the addresses that their provider reports', async () => {
  const server = await startTestServer({ providers: { process: settings }, frontDoorPort: 'off' });
  expect(server.frontDoorPort).toBeUndefined();
  const client = createClient({ endpoint: server.url });
  const spec = { ...versionOf('acme', 1), networking: { hostname: 'shop.example.com' } };
  expect((await client.validateTenantSpec(spec)).data.warnings).toEqual([
    'networking.hostname has no effect: this host has no front door',
  ]);
});
