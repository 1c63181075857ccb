import { describe, expect, test } from 'vitest';
import { ThrottledError } from '../../../src/compute/errors.ts';
import { labelsFor } from '../../../src/compute/labels.ts';
import type { Finding, Inventory } from '../../../src/tenants/sweep/inventory.ts';
import { InventorySchedule } from '../../../src/tenants/sweep/inventory-schedule.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { failing, inWorld, type Trial } from '../reconcile/trial.ts';
import { providers, specOf } from '../simulation/specs.ts';

const me = { actor: 'somebody' };
const none = { held: 0, failed: 0, orphans: 0, removed: 0, healed: 0 };
const nobody = { provider: 'ecs', ...none };
const all = { ...nobody, held: 4 };

/** Instances that share a table, and an inventory of four tenants, each of which takes so long. */
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
  } as Partial<Inventory> as Inventory;
  const table = createMemoryTable();
  const clock = { now: () => now, sleep: async () => undefined };
  const make = () => new InventorySchedule({ inventory, table, clock });
  return {
    one: make(),
    other: make(),
    /** Which tenants each walk has come by. */
    walks,
    /** What happens before each tenant is looked at. */
    meanwhile(work: (id: string) => Promise<void> | void) {
      beforeEach[0] = work;
    },
    pass(ms: number) {
      now += ms;
    },
  };
}

/** Ends the time there is when it comes to that tenant. */
function timeUpAt(at: string) {
  const stop = new AbortController();
  const end = (id: string) => {
    if (id === at) stop.abort(new Error('time is up'));
  };
  return { signal: stop.signal, end };
}

test('stock is taken about every minute, by one instance', async () => {
  const { one, other, walks, pass } = stock();
  const reports = await Promise.all([one.runIfDue('ecs'), other.runIfDue('ecs')]);
  expect(reports.filter(Boolean)).toEqual([all]);
  expect(walks).toHaveLength(1);
  pass(30_000);
  expect(await other.runIfDue('ecs')).toBeUndefined();
  pass(30_000);
  expect(await other.runIfDue('ecs')).toEqual(all);
});

test('one that takes long is followed by the next so much the later', async () => {
  const { one, walks, pass } = stock({ tookMs: 10_000 });
  await one.runIfDue('ecs');
  pass(300_000);
  expect(await one.runIfDue('ecs')).toBeUndefined();
  pass(70_000);
  expect(await one.runIfDue('ecs')).toEqual(all);
  expect(walks).toHaveLength(2);
});

test('one that fails says so, and if it got nowhere, its time counts for when the next is due', async () => {
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
  'a tenant that cannot be looked at keeps the others from nothing, and is told of at the end',
  inWorld(
    async ({ tenants, inventorySchedule, world, sleep }) => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids) await tenants.provision(specOf(id, { number: 1 }), me);
      world.records.clear();
      await expect(inventorySchedule.runIfDue('memory')).rejects.toThrow('2 failures with memory, the first: ');
      expect([...world.records.keys()]).toEqual(['memory/b']);
      await sleep(60_000);
      expect(await inventorySchedule.runIfDue('memory')).toMatchObject({ held: 1, healed: 2 });
      expect([...world.records.keys()].sort()).toEqual(ids.map((id) => `memory/${id}`));
    },
    { weather: failing('F21', ({ what, tenant }) => what === 'status' && tenant !== 'b', { times: 2 }) },
  ),
);

test(
  'what a provider lists under ids that no tenant can have is passed over',
  inWorld(async ({ inventorySchedule, world }) => {
    world.records.set('memory/Not An Id', { labels: { ...labelsFor(specOf('Not An Id', { number: 1 }), 'memory') } });
    plant(world, 'memory', 'ghost');
    expect(await inventorySchedule.runIfDue('memory')).toMatchObject({ held: 1, orphans: 1 });
  }),
);

describe('an inventory that does not come to its end', () => {
  test('is gone on with in the next sweep, by any instance, and reported when it is whole', async () => {
    const { one, other, walks, meanwhile, pass } = stock({ tookMs: 12_000 });
    const { signal, end } = timeUpAt('c');
    meanwhile(end);
    expect(await one.runIfDue('ecs', signal)).toEqual({ ...all, held: 2, after: 'b' });
    pass(24_000); // a minute after it began
    expect(await other.runIfDue('ecs')).toEqual(all);
    expect(walks).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('counts for when the next is due with all the time it took', async () => {
    const { one, walks, meanwhile, pass } = stock({ tookMs: 12_000 });
    const { signal, end } = timeUpAt('d');
    meanwhile(end);
    await one.runIfDue('ecs', signal);
    pass(12_000);
    await one.runIfDue('ecs'); // 60 seconds of work so far
    pass(500_000);
    expect(await one.runIfDue('ecs')).toBeUndefined();
    pass(50_000);
    expect(await one.runIfDue('ecs')).toEqual(all);
    expect(walks[2]).toEqual(['a', 'b', 'c', 'd']);
  });

  test('says that its time is up only if it got nowhere in it', async () => {
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

  test('because the provider throttles, is gone on with later, without an error', async () => {
    const { one, walks, meanwhile, pass } = stock({ tookMs: 1_000 });
    meanwhile((id) => {
      if (id === 'b' && walks.length === 1) throw new ThrottledError('the provider asked for fewer calls');
    });
    expect(await one.runIfDue('ecs')).toEqual({ ...all, held: 1, after: 'a' });
    pass(59_000);
    expect(await one.runIfDue('ecs')).toEqual(all);
  });

  test('by a crash is gone on with after what was written down last, soon after its holder fell silent', async () => {
    const { one, other, walks, meanwhile, pass } = stock({ tookMs: 20_000 });
    const { promise: dead, resolve } = Promise.withResolvers<void>();
    meanwhile((id) => {
      if (id !== 'd') return;
      resolve();
      return new Promise<void>(() => undefined); // and nothing more of it
    });
    void one.runIfDue('ecs');
    await dead;
    expect(await other.runIfDue('ecs')).toBeUndefined(); // 60 seconds after it began, it was heard of just now
    pass(10_000);
    meanwhile(() => undefined);
    expect(await other.runIfDue('ecs')).toEqual(all);
    expect(walks).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('and that another has taken over meanwhile, is left to that one', async () => {
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
    expect(await other.runIfDue('ecs')).toEqual(all); // from where the other one left it, counted once
    expect(walks).toEqual([['a', 'b', 'c'], ['c'], ['d']]);
  });

  test('of a provider with nothing is at its end at once', async () => {
    const empty = new InventorySchedule({
      inventory: { async *walk() {} } as Partial<Inventory> as Inventory,
      table: createMemoryTable(),
      clock: { now: () => 1_700_000_000_000, sleep: async () => undefined },
    });
    expect(await empty.runIfDue('ecs')).toEqual(nobody);
  });
});

/** Somebody makes a resource with Berth's labels on it. */
function plant({ records, timeline }: Trial['world'], provider: string, tenant: string): void {
  const spec = { ...specOf(tenant, { number: 9 }), provider_type: provider };
  records.set(`${provider}/${tenant}`, {
    labels: labelsFor(spec, provider),
    provisioned_at: timeline.now,
    updated_at: timeline.now,
    rollout: { spec, changes: [], ends_at: timeline.now, healthy: true },
  });
}

/** A part of an inventory, of so many tenants. */
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
    inventory: { walk } as Partial<Inventory> as Inventory,
    table: trial.world.table,
    clock: { now: () => trial.world.timeline.now, sleep: trial.sleep },
  });
  const report = await inventorySchedule.runIfDue(provider, stop.signal);
  await trial.sleep(60_000);
  return report;
}

describe.each(providers)('in parts, with %s', (provider) => {
  test(
    'orphans and drift are found, and an orphan is removed only when a second inventory has seen it',
    inWorld(async (trial) => {
      const { tenants, world, sweepFor } = trial;
      for (const id of ['b', 'd', 'f', 'h']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      for (const id of ['a', 'e', 'i']) plant(world, provider, id);
      for (const id of ['d', 'h']) world.records.delete(`${provider}/${id}`);
      plant(world, provider, 'f'); // something else than is desired
      expect(await takePart(trial, provider, 3)).toEqual({
        provider,
        ...none,
        held: 2,
        orphans: 1,
        healed: 1,
        after: 'd',
      });
      expect(await takePart(trial, provider, 3)).toMatchObject({ held: 4, orphans: 2, healed: 3, after: 'h' });
      expect(await takePart(trial, provider, 3)).toEqual({ provider, ...none, held: 5, orphans: 3, healed: 3 });
      await sweepFor(5);
      for (const id of ['b', 'd', 'f', 'h']) expect(await tenants.get(id)).toMatchObject({ phase: 'ready' });
      expect(world.records.size).toBe(7);
      expect(await takePart(trial, provider, 3)).toMatchObject({ removed: 1, after: 'd' });
      expect(await takePart(trial, provider, 4)).toEqual({ provider, ...none, held: 7, orphans: 3, removed: 3 });
      expect([...world.records.keys()].sort()).toEqual(['b', 'd', 'f', 'h'].map((id) => `${provider}/${id}`));
    }),
  );

  test(
    'what comes and goes between the parts is not mistaken for anything else',
    inWorld(async (trial) => {
      const { tenants, world, store, logger } = trial;
      for (const id of ['b', 'd', 'f', 'h']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      plant(world, provider, 'e');
      expect(await takePart(trial, provider, 2)).toMatchObject({ held: 2, after: 'd' });
      // Behind, at, and before the place where it goes on.
      for (const id of ['a', 'c', 'g']) await tenants.provision(specOf(id, { number: 1, provider }), me);
      for (const id of ['b', 'd', 'h']) await tenants.destroy(id, me);
      expect(await takePart(trial, provider, 9)).toEqual({ provider, ...none, held: 5, orphans: 1 });
      world.records.delete(`${provider}/e`);
      expect(await takePart(trial, provider, 9)).toEqual({ provider, ...none, held: 4 });
      expect(await Array.fromAsync(store.orphansOf(provider))).toEqual([]);
      expect(logger.entries.map(({ message }) => message)).not.toContain('drift found');
    }),
  );
});
