import { expect, test } from 'vitest';
import { Manager } from '../../../../src/compute/manager.ts';
import type { Provider } from '../../../../src/compute/provider.ts';
import { Registry } from '../../../../src/compute/registry.ts';
import { RateLimiter } from '../../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { Inventory } from '../../../../src/tenants/sweep/inventory.ts';
import { InventorySchedule } from '../../../../src/tenants/sweep/inventory-schedule.ts';
import { Tenants } from '../../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../../support/captured-logger.ts';
import { createMemoryTable } from '../../../support/memory-table.ts';
import { aReadyTenant } from '../../../support/tenants.ts';
import { name } from '../ecs-subject.ts';
import { ecsSpec, type OpenEcs, openEcs, ROLLOUT } from '../open-ecs.ts';

const ids = Array.from({ length: 23 }, (_, index) => `tenant-${String(index).padStart(2, '0')}`);

/** Provisions tenants in reverse order of their ids. */
async function provisionAll(ecs: OpenEcs): Promise<void> {
  for (const id of ids.toReversed()) await ecs.provider.provision(ecsSpec(id));
  await ecs.pass(ROLLOUT);
  ecs.calls();
}

test('a list is ordered by id, and describes only services after its start, ten per call', async () => {
  await using ecs = await openEcs();
  await provisionAll(ecs);
  const listAfter = async (id: string) => {
    return (await Array.fromAsync(ecs.provider.listAfter?.(id) ?? [])).map(({ tenant_id }) => tenant_id);
  };
  expect(await listAfter('')).toEqual(ids);
  expect(ecs.calls().filter((operation) => operation === 'DescribeServices')).toHaveLength(3);
  expect(await listAfter('tenant-11')).toEqual(ids.slice(12));
  expect(ecs.calls().toSorted()).toEqual([
    'DescribeServices',
    'DescribeServices',
    'ListServices',
    'ListTaskDefinitionFamilies',
  ]);
});

test('tenants of which only task definitions are left are listed in order too', async () => {
  await using ecs = await openEcs();
  await provisionAll(ecs);
  const { services } = ecs.fake.state;
  for (const [key, { service }] of services) if (/-(00|12|22)$/.test(service.serviceName ?? '')) services.delete(key);
  const listed = await Array.fromAsync(ecs.provider.listAfter?.('tenant-03') ?? []);
  expect(listed.map(({ tenant_id }) => tenant_id)).toEqual(ids.slice(4));
  expect(listed.filter(({ spec_hash }) => !spec_hash).map(({ tenant_id }) => tenant_id)).toEqual([
    'tenant-12',
    'tenant-22',
  ]);
});

/** Returns a provider that calls `timeIsUp` once it exceeds a number of service descriptions. */
function limited(ecs: OpenEcs, maxCalls: number, timeIsUp: () => void): Provider {
  let calls = 0;
  return ecs.provide({
    client: {
      send(operation, ...args) {
        if (operation === 'DescribeServices') calls += 1;
        if (calls > maxCalls) timeIsUp();
        return ecs.client.send(operation, ...args);
      },
    },
  });
}

test('an inventory that exceeds the time of one sweep is completed by the next sweeps', async () => {
  await using ecs = await openEcs();
  await provisionAll(ecs);
  const table = createMemoryTable();
  const logger = createCapturedLogger();
  const store = new Store(table, ecs.now);
  for (const id of ids.slice(1, -1)) await store.putTenant(aReadyTenant({ spec: ecsSpec(id) }), 0);
  const clock = { now: ecs.now, sleep: (ms: number) => ecs.pass(ms) };
  const sweep = async () => {
    const stop = new AbortController();
    const registry = new Registry();
    registry.register(limited(ecs, 1, () => stop.abort(new Error('time is up'))));
    const manager = new Manager(registry, logger);
    const reconciler = new Reconciler({
      store,
      manager,
      rateLimiter: new RateLimiter({ table, clock }),
      logger,
      clock,
    });
    const tenants = new Tenants({ store, manager, reconciler });
    const inventory = new Inventory({ store, registry, manager, tenants, clock, logger });
    const report = await new InventorySchedule({ inventory, table, clock }).runIfDue(name, stop.signal);
    await ecs.pass(60_000);
    return report;
  };
  expect(await sweep()).toMatchObject({ held: 10, unowned: 1, after: 'tenant-09' });
  expect(await sweep()).toMatchObject({ held: 20, unowned: 1, after: 'tenant-19' });
  expect(await sweep()).toMatchObject({ provider: name, held: 23, failed: 0, unowned: 2, removed: 0, healed: 0 });
  expect(logger.entries.filter(({ message }) => /found/.test(message))).toMatchObject([
    { message: 'orphan found', fields: { tenant_id: 'tenant-00' } },
    { message: 'orphan found', fields: { tenant_id: 'tenant-22' } },
  ]);
});
