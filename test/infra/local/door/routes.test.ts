import { expect, test } from 'vitest';
import { Routes } from '../../../../infra/local/door/routes.ts';
import { MOST_AT_ONCE, Traffic } from '../../../../infra/local/door/traffic.ts';
import { TenantNotFoundError } from '../../../../src/compute/errors.ts';
import type { Manager } from '../../../../src/compute/manager.ts';
import type { ComputeStatus } from '../../../../src/compute/results.ts';
import type { Store } from '../../../../src/tenants/store/store.ts';
import type { TenantReader } from '../../../../src/tenants/tenant-reader.ts';

const OWN_PORT = 8787;

/** Routes to tenants whose statuses a test sets. */
function lab() {
  const traffic = new Traffic();
  const statuses = new Map<string, Partial<ComputeStatus>>();
  let reads = 0;
  let onRead: () => void = () => undefined;
  const tenants = {
    async status(tenantId: string) {
      reads += 1;
      const status = statuses.get(tenantId);
      onRead();
      if (!status) throw new TenantNotFoundError(tenantId);
      return status;
    },
  } as unknown as TenantReader;
  const store = {
    getSummary: async () => ({ summary: { provider_type: 'process' } }),
    getHostname: async (hostname: string) => ({
      claim: hostname === 'shop.example.com' ? { hostname, tenant_id: 'acme' } : undefined,
    }),
    getTenant: async () => ({
      tenant: { phase: 'ready', desired: { spec: { networking: { hostname: 'shop.example.com' } } } },
    }),
  } as unknown as Store;
  const manager = { forgetStatus: () => undefined } as unknown as Manager;
  const routes = new Routes({ store, tenants, manager, traffic, isOwnPort: (port) => port === OWN_PORT });
  const serve = (tenantId: string, port: number, more: Partial<ComputeStatus> = {}) => {
    const endpoints = [
      { type: 'http', address: '127.0.0.1', port, name: 'http' },
      { type: 'tcp', address: '127.0.0.1', port: port + 1, name: 'api' },
    ];
    statuses.set(tenantId, { state: 'running', endpoints, metadata: { spec_hash: '1' }, ...more });
  };
  const whenRead = (run: () => void) => {
    onRead = run;
  };
  return { traffic, routes, serve, reads: () => reads, whenRead };
}

test('a name leads to its tenant, or to the named port, and what was read is used for a while', async () => {
  const { routes, serve, reads } = lab();
  serve('acme', 4000);
  serve('api--globex', 5000);
  expect(await routes.find('acme.localhost')).toMatchObject({ kind: 'open', tenantId: 'acme', port: 4000 });
  expect(await routes.find('api--acme.localhost')).toMatchObject({ kind: 'open', port: 4001 });
  expect(await routes.find('shop.example.com')).toMatchObject({ kind: 'open', tenantId: 'acme', port: 4000 });
  expect(await routes.find('api--globex.localhost')).toMatchObject({ kind: 'open', port: 5000 });
  const before = reads();
  await routes.find('acme.localhost');
  expect(reads()).toBe(before);
  await routes.find('acme.localhost', { fresh: true });
  expect(reads()).toBe(before + 1);
});

test.each([
  'globex.localhost',
  'none--acme.localhost',
  'localhost',
  'other.example.com',
  '127.0.0.1',
  '*.localhost',
  '',
])('%j is unknown', async (host) => {
  const { routes, serve } = lab();
  serve('acme', 4000);
  expect(await routes.find(host)).toEqual({ kind: 'unknown' });
});

test('a tenant that does not serve is closed, and so is one at a port of Berth', async () => {
  const { routes, serve } = lab();
  serve('stopped', 4000, { state: 'stopped' });
  serve('starting', 4000, { state: 'starting', metadata: {} });
  serve('worker', 4000, { endpoints: [] });
  serve('thief', OWN_PORT);
  for (const tenantId of ['stopped', 'starting', 'worker', 'thief']) {
    expect(await routes.find(`${tenantId}.localhost`)).toMatchObject({ kind: 'closed', tenantId });
  }
});

test('no request goes to a port from when its provider asked whether it is in use', async () => {
  const { routes, serve, traffic, whenRead } = lab();
  serve('acme', 4000);
  const route = await routes.find('acme.localhost');
  if (route.kind !== 'open') throw new Error('the tenant is open');
  serve('acme', 5000);
  expect(traffic.isInUse([4000, 4001])).toBe(true);
  expect(await routes.find('acme.localhost')).toMatchObject({ port: 5000 });
  route.end();
  expect(traffic.isInUse([4000, 4001])).toBe(false);
  // A status that was read before the question, and arrives after it, is read again.
  whenRead(() => {
    whenRead(() => undefined);
    serve('acme', 6000);
    traffic.isInUse([5000, 5001]);
  });
  expect(await routes.find('acme.localhost', { fresh: true })).toMatchObject({ port: 6000 });
});

test('an open WebSocket holds up no update, and a tenant has its share of requests at most', async () => {
  const { routes, serve, traffic } = lab();
  serve('acme', 4000);
  serve('globex', 5000);
  await routes.find('acme.localhost', { isLasting: true });
  expect(traffic.isInUse([4000])).toBe(false);
  for (let count = 1; count < MOST_AT_ONCE; count += 1) await routes.find('acme.localhost');
  expect(await routes.find('acme.localhost')).toMatchObject({ kind: 'closed' });
  expect(await routes.find('globex.localhost')).toMatchObject({ kind: 'open' });
});
