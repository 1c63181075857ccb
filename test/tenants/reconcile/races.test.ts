import fc, { type Scheduler } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MutationResult } from '../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';
import { inspect } from '../simulation/environment/invariants.ts';
import { Simulation } from '../simulation/environment/simulation.ts';
import { calm } from '../simulation/environment/weather.ts';
import { startChangeFeed } from '../simulation/programs/change-feed.ts';
import { type Host, startHost } from '../simulation/programs/host.ts';
import { programOf } from '../simulation/programs/program.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { RacingTimeline, schedulers } from './racing-timeline.ts';
import { refusal } from './trial.ts';

const me = { actor: 'alice' };
const versions = [1, 2, 3, 4, 5, 6].map((number) => specOf('acme', { number }));
const [first = specOf('acme', { number: 1 }), second = first, third = first] = versions;

/** In how many orders each race runs. CI runs more of them. */
const orders = Number(process.env.BERTH_RACE_ORDERS ?? 3);

interface Race {
  simulation: Simulation;
  timeline: RacingTimeline;
  hosts: Host[];
  /** The first of them. */
  host: Host;
}

/** Runs a race in many orders that fast-check chooses, finishes all work, and inspects the simulation. */
async function race(run: (race: Race) => Promise<void>, skewsMs: readonly number[] = [0, 0, 0]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(schedulers(), async (scheduler: Scheduler) => {
      const timeline = new RacingTimeline(scheduler);
      const simulation = new Simulation({ seed: 1, weather: calm, timeline });
      const logger = createCapturedLogger();
      const hosts = skewsMs.map((skewMs) => startHost(simulation, { logger, skewMs }));
      const [host] = hosts;
      if (!host) throw new Error('a race needs a host');
      const settled = async () => {
        await run({ simulation, timeline, hosts, host });
        await settle({ simulation, timeline, hosts });
        while (simulation.stream.changes.length > 0) await timeline.sleep(1_000);
      };
      startChangeFeed(simulation, logger);
      await timeline.run(settled());
      inspect(simulation, { ...programOf('race'), owned: false, watched: false }, [], logger);
      expect(simulation.ledger.violations).toEqual([]);
    }),
    { numRuns: orders },
  );
}

/**
 * Lets all hosts sweep at once, again and again, until nothing is due. After some rounds events run in due order, because no
 * work ends while every answer comes too late.
 */
async function settle({ simulation, timeline, hosts }: Omit<Race, 'host'>): Promise<void> {
  const isDue = () => [...simulation.items.values()].some(({ work = 'recovery' }) => work !== 'recovery');
  for (let sweeps = 0; isDue() && sweeps < 100; sweeps += 1) {
    timeline.isRacing = sweeps < 20;
    await timeline.sleep(400_000);
    await Promise.all(hosts.map(({ sweeper }) => sweeper.sweep({ waitMs: 60_000 })));
  }
  timeline.isRacing = true;
}

/** Provisions a tenant, which is ready at its first revision. */
async function provisionFirst(race: Race): Promise<void> {
  await race.host.tenants.provision(first, me);
  await settle(race);
}

function hostOf({ hosts, host }: Race, index: number): Host {
  return hosts[index % hosts.length] ?? host;
}

/** The errors of the clocks of three hosts (F45). */
const clocks: [title: string, skewsMs: number[]][] = [
  ['clocks that agree', [0, 0, 0]],
  ['clocks five minutes apart', [0, 300_000, -300_000]],
];

describe.each(clocks)('updates that are based on one revision (%s)', (_clocks, skews) => {
  test.each([2, 5])('succeed for one of %i writers, and the others get a conflict', (writers) =>
    race(async (all) => {
      await provisionFirst(all);
      const updates = versions
        .slice(1, 1 + writers)
        .map((spec, index) =>
          refusal(hostOf(all, index).tenants.update(spec, { actor: `writer-${index}`, ifMatch: 1 })),
        );
      const refusals = (await Promise.all(updates)).filter((code) => code !== undefined);
      expect(refusals).toEqual(Array.from({ length: writers - 1 }, () => 'revision_conflict'));
      expect((await all.host.tenants.get('acme')).desired.revision).toBe(2);
    }, skews),
  );

  test('succeed once among rollbacks, updates and destroys', () =>
    race(async (all) => {
      await provisionFirst(all);
      await all.host.tenants.update(second, me);
      await settle(all);
      const caller = { ...me, ifMatch: 2 };
      const refusals = await Promise.all([
        refusal(hostOf(all, 0).tenants.update(third, caller)),
        refusal(hostOf(all, 1).tenants.rollback('acme', 1, caller)),
        refusal(hostOf(all, 2).tenants.destroy('acme', caller)),
      ]);
      expect(refusals.filter((code) => code === undefined)).toHaveLength(1);
    }, skews));
});

describe.each(clocks)('updates without a revision (%s)', (_clocks, skews) => {
  test.each([2, 4])('of %i writers at once: the last one wins, and each ends once', (writers) =>
    race(async (all) => {
      await provisionFirst(all);
      const updates = versions
        .slice(1, 1 + writers)
        .map((spec, index) => hostOf(all, index).tenants.update(spec, { actor: `writer-${index}` }));
      await Promise.all(updates);
      await settle(all);
      const { accepted, ended } = all.simulation.ledger;
      const own = [...accepted.values()].filter(({ actor }) => actor.startsWith('writer'));
      expect(own).toHaveLength(writers);
      const last = own.reduce((a, b) => (a.seq > b.seq ? a : b));
      const { desired, serving, phase } = await all.host.tenants.get('acme');
      expect(desired.revision).toBe(last.revision);
      if (phase === 'ready') expect(serving?.revision).toBe(last.revision);
      const ends = own.map(({ operation_id }) => ended.get(operation_id));
      expect(ends).not.toContain(undefined);
      for (const end of ends.filter((one) => one?.state === 'cancelled')) {
        expect(end?.error?.code).toBe('operation_superseded');
      }
    }, skews),
  );

  test('and a rollback at once: one of them is what the tenant is to be, and all end once', () =>
    race(async (all) => {
      await provisionFirst(all);
      await refusal(all.host.tenants.update(specOf('acme', { number: 9, inProgressMs: 5_000 }), me));
      await Promise.all([
        refusal(hostOf(all, 0).tenants.update(second, me)),
        refusal(hostOf(all, 1).tenants.rollback('acme', 1, me)),
        refusal(hostOf(all, 2).tenants.update(third, me)),
      ]);
    }, skews));
});

describe.each(clocks)('a cancel (%s)', (_clocks, skews) => {
  test('against the success of its update leaves the one or the other, and the provider with just that', () =>
    race(async (all) => {
      await provisionFirst(all);
      const { operation } = (await all.host.tenants.update(
        specOf('acme', { number: 9, inProgressMs: 5_000 }),
        me,
      )) as Extract<MutationResult, { kind: 'operation' }>;
      const [code] = await Promise.all([
        refusal(hostOf(all, 1).tenants.cancel(operation.operation_id, me)),
        all.host.reconciler.reconcile('acme', { waitMs: 60_000 }),
        hostOf(all, 2).sweeper.sweep({ waitMs: 60_000 }),
      ]);
      await settle(all);
      const { state } = await all.host.tenants.operation(operation.operation_id);
      expect([undefined, 'operation_not_cancellable']).toContain(code);
      expect(state === 'cancelled').toBe(code === undefined);
    }, skews));

  test('against a newer update and a destroy ends each operation once', () =>
    race(async (all) => {
      await provisionFirst(all);
      const slow = specOf('acme', { number: 9, inProgressMs: 5_000 });
      await refusal(all.host.tenants.update(slow, me));
      const { operation_id } = (await all.host.tenants.get('acme')).operation;
      await Promise.all([
        refusal(hostOf(all, 0).tenants.cancel(operation_id, me)),
        refusal(hostOf(all, 1).tenants.update(second, me)),
        refusal(hostOf(all, 2).tenants.destroy('acme', me)),
      ]);
    }, skews));
});

describe.each(clocks)('a destroy against an update (%s)', (_clocks, skews) => {
  const beginnings: Record<string, (race: Race) => Promise<unknown>> = {
    'that was never there': async () => undefined,
    'that is being provisioned': ({ host }) =>
      host.tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me),
    'that is ready': provisionFirst,
    'that is being updated': async (all) => {
      await provisionFirst(all);
      await refusal(all.host.tenants.update(specOf('acme', { number: 9, inProgressMs: 5_000 }), me));
    },
    'that failed': ({ host }) =>
      host.tenants.provision(specOf('acme', { number: 1, faults: { provision: 'failed' } }), me),
    'that is being destroyed': async ({ host }) => {
      await host.tenants.provision(
        specOf('acme', { number: 1, faults: { destroy: { kind: 'failed', times: 2 } } }),
        me,
      );
      await host.tenants.destroy('acme', me);
    },
    'that was destroyed': async (all) => {
      await provisionFirst(all);
      await all.host.tenants.destroy('acme', me);
    },
  };

  test.each(Object.keys(beginnings))('wins, of a tenant %s', (beginning) =>
    race(async (all) => {
      await beginnings[beginning]?.(all);
      await Promise.all([
        refusal(hostOf(all, 1).tenants.update(second, me)),
        refusal(hostOf(all, 2).tenants.destroy('acme', me)),
      ]);
      await settle(all);
      const { tenant } = await all.host.store.getTenant('acme');
      expect(tenant?.phase ?? 'destroyed').toBe('destroyed');
      expect([...all.simulation.records.keys()]).toEqual([]);
    }, skews),
  );
});

test('a destroy and a provision at once leave the tenant or nothing, and the provider with just that', () =>
  race(async (all) => {
    await provisionFirst(all);
    await Promise.all([
      refusal(hostOf(all, 0).tenants.destroy('acme', me)),
      refusal(hostOf(all, 1).tenants.provision(second, me)),
      refusal(hostOf(all, 2).tenants.provision(third, me)),
    ]);
  }));

test.each(clocks)(
  'overlapping sweeps, and holders that slept through their lease, end each operation once (%s)',
  (_title, skews) =>
    race(async (all) => {
      const slow = specOf('acme', { number: 1, inProgressMs: 20_000 });
      const reconcile = (index: number) => hostOf(all, index).reconciler.reconcile('acme', { waitMs: 30_000 });
      await all.host.tenants.provision(slow, me);
      await Promise.all([
        reconcile(0),
        reconcile(1),
        reconcile(2),
        hostOf(all, 1).sweeper.sweep(),
        all.host.sweeper.sweep(),
      ]);
    }, skews),
);

describe('one key in several requests at once', () => {
  test.each([2, 4])('makes one operation of %i provisions, which all of them get', (copies) =>
    race(async (all) => {
      const caller = { ...me, idempotencyKey: 'one' };
      const ask = (index: number) => refusal(hostOf(all, index).tenants.provision(first, caller));
      const refusals = await Promise.all(Array.from({ length: copies }, (_, index) => ask(index)));
      expect(new Set(refusals).difference(new Set([undefined, 'operation_in_progress']))).toEqual(new Set());
      expect(all.simulation.ledger.accepted.size).toBe(1);
      await settle(all);
      await all.host.tenants.destroy('acme', me);
      await settle(all);
      expect(await all.host.tenants.provision(first, caller)).toMatchObject({
        operation: { type: 'provision', seq: 1 },
      });
    }),
  );

  test('makes one operation of updates, among other requests', () =>
    race(async (all) => {
      const caller = { ...me, idempotencyKey: 'one' };
      await provisionFirst(all);
      await Promise.all([
        refusal(hostOf(all, 0).tenants.update(second, caller)),
        refusal(hostOf(all, 1).tenants.update(second, caller)),
        refusal(hostOf(all, 2).tenants.update(third, { actor: 'bob' })),
        refusal(hostOf(all, 0).tenants.update(second, caller)),
      ]);
      const own = [...all.simulation.ledger.accepted.values()].filter(({ idempotency }) => idempotency);
      expect(own.length).toBeLessThanOrEqual(1);
    }));

  test('makes one operation of updates with one revision, and none of them gets a conflict', () =>
    race(async (all) => {
      const caller = { ...me, idempotencyKey: 'one', ifMatch: 1 };
      await provisionFirst(all);
      const ask = (index: number) => refusal(hostOf(all, index).tenants.update(second, caller));
      const refusals = await Promise.all([ask(0), ask(1), ask(2)]);
      expect(new Set(refusals).difference(new Set([undefined, 'operation_in_progress']))).toEqual(new Set());
      // A provision that came up after its deadline is one more operation, of the recovery.
      const updates = [...all.simulation.ledger.accepted.values()].filter(({ type }) => type === 'update');
      expect(updates).toHaveLength(1);
    }));
});
