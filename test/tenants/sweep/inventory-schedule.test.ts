import { describe, expect, test } from 'vitest';
import { ThrottledError } from '../../../src/compute/errors.ts';
import { labelsFor } from '../../../src/compute/labels.ts';
import type { Finding, Inventory } from '../../../src/tenants/sweep/inventory.ts';
import { InventorySchedule } from '../../../src/tenants/sweep/inventory-schedule.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { failing, inSimulation, type Trial } from '../reconcile/trial.ts';
import { providers, specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const none = { held: 0, failed: 0, orphans: 0, unowned: 0, foreign: 0, removed: 0, healed: 0 };
const noCounts = { provider: 'ecs', ...none };
const all = { ...noCounts, held: 4 };

const nothingDue = async () => ({ removed: 0, errors: [] });

/** Instances that share a table, with an inventory of four tenants that takes `ms` for each. */
function stock({ tookMs = 0 }: { tookMs?: number } = {}) {
  let now = 1_700_000_000_000;
  const walks: string[][] = [];
  const beforeEach: ((id: string) => Promise<void> | void)[] = [];
  const inventory = {
    async *walk(_provider: string, { after = '', signal }: { after?: string; signal?: AbortSignal } = {}) {
      const seen: string[] = [];
      walks.push(seen);
      for (const tenant_id of ['a', 'b', 'c', 'd'].filter((id) => id > after)) {
        await beforeEach[0]?.(tenant_id);
        now += tookMs;
        signal?.throwIfAborted();
        seen.push(tenant_id);
        yield { tenant_id, countsAs: ['held'] } satisfies Finding;
      }
    },
    removeDue: nothingDue,
  } as Partial<Inventory> as Inventory;
  const table = createMemoryTable();
  const clock = { now: () => now, sleep: async () => undefined };
  const make = () => new InventorySchedule({ inventory, table, clock });
  return {
    one: make(),
    other: make(),
    /** The tenants that each walk examined. */
    walks,
    /** Runs before each tenant is examined. */
    meanwhile(work: (id: string) => Promise<void> | void) {
      beforeEach[0] = work;
    },
    pass(ms: number) {
      now += ms;
    },
  };
}

/** Returns a signal that is aborted before that tenant is examined. */
function timeUpAt(at: string) {
  const stop = new AbortController();
  const end = (id: string) => {
    if (id === at) stop.abort(new Error('time is up'));
  };
  return { signal: stop.signal, end };
}

test('an inventory runs about every minute, in one instance', async () => {
  const { one, other, walks, pass } = stock();
  const reports = await Promise.all([one.runIfDue('ecs'), other.runIfDue('ecs')]);
  expect(reports.filter(Boolean)).toEqual([all]);
  expect(walks).toHaveLength(1);
  pass(30_000);
  expect(await other.runIfDue('ecs')).toBeUndefined();
  pass(30_000);
  expect(await other.runIfDue('ecs')).toEqual(all);
});

test('an instance that alone has the table begins anew at once, whatever another one left', async () => {
  const { one, other, walks, meanwhile } = stock();
  const { signal, end } = timeUpAt('c');
  meanwhile(end);
  await one.runIfDue('ecs', signal);
  expect(await other.runIfDue('ecs', undefined, { exclusive: true })).toEqual(all);
  expect(walks).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c', 'd'],
  ]);
});

test('a slow inventory is followed by the next one later', async () => {
  const { one, walks, pass } = stock({ tookMs: 10_000 });
  await one.runIfDue('ecs');
  pass(300_000);
  expect(await one.runIfDue('ecs')).toBeUndefined();
  pass(70_000);
  expect(await one.runIfDue('ecs')).toEqual(all);
  expect(walks).toHaveLength(2);
});

test('a failed inventory throws, and without progress its time delays the next one', async () => {
  const { one, meanwhile, pass } = stock();
  meanwhile(() => {
    pass(54_000);
    throw new Error('the provider is away');
  });
  await expect(one.runIfDue('ecs')).rejects.toThrow('the provider is away');
  pass(300_000);
  expect(await one.runIfDue('ecs')).toBeUndefined();
  meanwhile(() => undefined);
  pass(190_000);
  expect(await one.runIfDue('ecs')).toEqual(all);
});

test(
  'a tenant that cannot be examined does not stop the others, and its error is thrown at the end',
  inSimulation(
    async ({ tenants, inventorySchedule, simulation, sleep }) => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids) await tenants.provision(specOf(id, { number: 1 }), me);
      simulation.records.clear();
      await expect(inventorySchedule.runIfDue('memory')).rejects.toThrow('2 failures with memory, the first: ');
      expect([...simulation.records.keys()]).toEqual(['memory/b']);
      await sleep(60_000);
      expect(await inventorySchedule.runIfDue('memory')).toMatchObject({ held: 1, healed: 2 });
      expect([...simulation.records.keys()].sort()).toEqual(ids.map((id) => `memory/${id}`));
    },
    { weather: failing('F21', ({ what, tenant }) => what === 'status' && tenant !== 'b', { times: 2 }) },
  ),
);

test(
  'resources with ids that no tenant can have are skipped',
  inSimulation(async ({ inventorySchedule, simulation }) => {
    simulation.records.set('memory/Not An Id', {
      labels: { ...labelsFor(specOf('Not An Id', { number: 1 }), 'memory') },
    });
    plant(simulation, 'memory', 'ghost');
    expect(await inventorySchedule.runIfDue('memory')).toMatchObject({ held: 1, unowned: 1 });
  }),
);

describe('an inventory that is interrupted', () => {
  test('continues in the next sweep, in any instance, and is reported as a whole', async () => {
    const { one, other, walks, meanwhile, pass } = stock({ tookMs: 12_000 });
    const { signal, end } = timeUpAt('c');
    meanwhile(end);
    expect(await one.runIfDue('ecs', signal)).toEqual({ ...all, held: 2, after: 'b' });
    pass(24_000); // one minute after the start
    expect(await other.runIfDue('ecs')).toEqual(all);
    expect(walks).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('delays the next one by all the time that it took', async () => {
    const { one, walks, meanwhile, pass } = stock({ tookMs: 12_000 });
    const { signal, end } = timeUpAt('d');
    meanwhile(end);
    await one.runIfDue('ecs', signal);
    pass(12_000);
    await one.runIfDue('ecs'); // 60 seconds of work until here
    pass(500_000);
    expect(await one.runIfDue('ecs')).toBeUndefined();
    pass(50_000);
    expect(await one.runIfDue('ecs')).toEqual(all);
    expect(walks[2]).toEqual(['a', 'b', 'c', 'd']);
  });

  test('throws that its time is up only without progress', async () => {
    const { one, meanwhile, pass } = stock({ tookMs: 12_000 });
    const first = timeUpAt('c');
    meanwhile(first.end);
    await one.runIfDue('ecs', first.signal);
    pass(60_000);
    const second = timeUpAt('c');
    meanwhile(second.end);
    await expect(one.runIfDue('ecs', second.signal)).rejects.toThrow('time is up');
    pass(200_000);
    expect(await one.runIfDue('ecs')).toEqual(all);
  });

  test('by a throttling provider continues later, without an error', async () => {
    const { one, walks, meanwhile, pass } = stock({ tookMs: 1_000 });
    meanwhile((id) => {
      if (id === 'b' && walks.length === 1) throw new ThrottledError('the provider asked for fewer calls');
    });
    expect(await one.runIfDue('ecs')).toEqual({ ...all, held: 1, after: 'a' });
    pass(59_000);
    expect(await one.runIfDue('ecs')).toEqual(all);
  });

  test('by a crash continues after the last recorded tenant, soon after its records stop', async () => {
    const { one, other, walks, meanwhile, pass } = stock({ tookMs: 20_000 });
    const { promise: dead, resolve } = Promise.withResolvers<void>();
    meanwhile((id) => {
      if (id !== 'd') return;
      resolve();
      return new Promise<void>(() => undefined); // as after a crash
    });
    void one.runIfDue('ecs');
    await dead;
    expect(await other.runIfDue('ecs')).toBeUndefined(); // it recorded progress just now
    pass(10_000);
    meanwhile(() => undefined);
    expect(await other.runIfDue('ecs')).toEqual(all);
    expect(walks).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('by a long sleep stops where another instance took over', async () => {
    const { one, other, walks, meanwhile, pass } = stock({ tookMs: 20_000 });
    const asleep = Promise.withResolvers<void>();
    const waking = Promise.withResolvers<void>();
    meanwhile(async (id) => {
      if (id !== 'c') return;
      asleep.resolve();
      await waking.promise;
    });
    const slept = one.runIfDue('ecs');
    await asleep.promise;
    pass(60_000);
    const { signal, end } = timeUpAt('d');
    meanwhile(end);
    expect(await other.runIfDue('ecs', signal)).toEqual({ ...all, held: 3, after: 'c' });
    waking.resolve();
    expect(await slept).toBeUndefined();
    meanwhile(() => undefined);
    pass(60_000);
    expect(await other.runIfDue('ecs')).toEqual(all); // continued after the first instance, each counted once
    expect(walks).toEqual([['a', 'b', 'c'], ['c'], ['d']]);
  });

  test('of an empty provider ends at once', async () => {
    const empty = new InventorySchedule({
      inventory: { async *walk() {}, removeDue: nothingDue } as Partial<Inventory> as Inventory,
      table: createMemoryTable(),
      clock: { now: () => 1_700_000_000_000, sleep: async () => undefined },
    });
    expect(await empty.runIfDue('ecs')).toEqual(noCounts);
  });
});

/** Creates a resource with Berth's labels by hand. */
function plant({ records, timeline }: Trial['simulation'], provider: string, tenant: string): void {
  const spec = { ...specOf(tenant, { number: 9 }), provider_type: provider };
  records.set(`${provider}/${tenant}`, {
    labels: labelsFor(spec, provider),
    provisioned_at: timeline.now,
    updated_at: timeline.now,
    rollout: { spec, changes: [], ends_at: timeline.now, healthy: true },
  });
}

/** Runs a part of an inventory: that many tenants. */
async function takePart({ inventory, ...trial }: Trial, provider: string, size: number) {
  const stop = new AbortController();
  let seen = 0;
  const walk: Inventory['walk'] = async function* (name, options) {
    for await (const finding of inventory.walk(name, options)) {
      yield finding;
      seen += 1;
      if (seen === size) stop.abort(new Error('time is up'));
    }
  };
  const inventorySchedule = new InventorySchedule({
    inventory: { walk, removeDue: inventory.removeDue.bind(inventory) } as Partial<Inventory> as Inventory,
    table: trial.simulation.table,
    clock: { now: () => trial.simulation.timeline.now, sleep: trial.sleep },
  });
  const report = await inventorySchedule.runIfDue(provider, stop.signal);
  await trial.sleep(60_000);
  return report;
}

describe.each(providers)('in parts, with %s', (provider) => {
  test(
    'orphans without an installation and drift are found, and the orphans are kept on record',
    inSimulation(async (trial) => {
      const { tenants, simulation, sweepFor, store } = trial;
      for (const id of ['b', 'd', 'f', 'h']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      for (const id of ['a', 'e', 'i']) plant(simulation, provider, id);
      for (const id of ['d', 'h']) simulation.records.delete(`${provider}/${id}`);
      plant(simulation, provider, 'f'); // another version than the desired one
      expect(await takePart(trial, provider, 3)).toEqual({
        provider,
        ...none,
        held: 2,
        unowned: 1,
        healed: 1,
        after: 'd',
      });
      expect(await takePart(trial, provider, 3)).toMatchObject({ held: 4, unowned: 2, healed: 3, after: 'h' });
      expect(await takePart(trial, provider, 3)).toEqual({ provider, ...none, held: 5, unowned: 3, healed: 3 });
      await sweepFor(5);
      for (const id of ['b', 'd', 'f', 'h']) expect(await tenants.get(id)).toMatchObject({ phase: 'ready' });
      expect(simulation.records.size).toBe(7);
      expect(await takePart(trial, provider, 3)).toMatchObject({ unowned: 1, after: 'd' });
      expect(await takePart(trial, provider, 9)).toEqual({ provider, ...none, held: 7, unowned: 3 });
      const orphans = await Array.fromAsync(store.orphansOf(provider));
      expect(orphans.map(({ tenant_id }) => tenant_id)).toEqual(['a', 'e', 'i']);
    }),
  );

  test(
    'tenants that come and go between the parts are neither orphans nor drift',
    inSimulation(async (trial) => {
      const { tenants, simulation, store, logger } = trial;
      for (const id of ['b', 'd', 'f', 'h']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      plant(simulation, provider, 'e');
      expect(await takePart(trial, provider, 2)).toMatchObject({ held: 2, after: 'd' });
      // Behind, at and before the position where it continues.
      for (const id of ['a', 'c', 'g']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      for (const id of ['b', 'd', 'h']) await tenants.destroy(id, me);
      expect(await takePart(trial, provider, 9)).toEqual({ provider, ...none, held: 5, unowned: 1 });
      simulation.records.delete(`${provider}/e`);
      expect(await takePart(trial, provider, 9)).toEqual({ provider, ...none, held: 4 });
      expect(await Array.fromAsync(store.orphansOf(provider))).toEqual([]);
      expect(logger.entries.map(({ message }) => message)).not.toContain('drift found');
    }),
  );
});
