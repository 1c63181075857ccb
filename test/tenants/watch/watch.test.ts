import { describe, expect, test } from 'vitest';
import type { MemoryAilment } from '../../../src/providers/memory/backend.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import { failing, inSimulation, type Trial } from '../reconcile/trial.ts';
import { calm } from '../simulation/environment/weather.ts';
import { HOLD_MS, WATCH_EVERY_MS } from '../simulation/programs/host.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const down: MemoryAilment = { is_down: true, restart_count: 0, message: 'it exited' };

/** Sets by hand what is wrong with a tenant; undefined ends it. */
function ail({ simulation: { records } }: Trial, ailment: MemoryAilment | undefined, id = 'acme'): void {
  const record = records.get(`memory/${id}`);
  if (record) records.set(`memory/${id}`, { ...record, ailment });
}

/** Makes rounds, at their times, for so many milliseconds. */
async function watchFor({ watchSchedule, sleep, simulation }: Trial, milliseconds: number): Promise<void> {
  const end = simulation.timeline.now + milliseconds;
  while (simulation.timeline.now < end) {
    await watchSchedule.runIfDue('memory');
    await sleep(1_000);
  }
}

const LONG = 3 * WATCH_EVERY_MS + HOLD_MS;

async function healthOf({ tenants }: Trial, id = 'acme') {
  return (await tenants.get(id)).health;
}

/** Returns the labels of the requests since the last call of this function. */
function requestsOf({ simulation: { calls } }: Trial): string[] {
  return calls.splice(0).map(({ label }) => label.trim());
}

describe('the watch', () => {
  test(
    'costs a settled fleet one glance a round, and no write of any tenant',
    inSimulation(async (trial) => {
      for (let number = 0; number < 50; number += 1)
        await trial.tenants.provision(specOf(`t${number}`, { number: 1 }), me);
      await watchFor(trial, LONG);
      requestsOf(trial);
      await watchFor(trial, WATCH_EVERY_MS);
      const requests = requestsOf(trial).filter((label) => !/^(?:get|put) meta|^query index work/.test(label));
      expect(requests).toEqual(['query index provider', 'memory: glance']);
      const { tenants } = await trial.tenants.list({ limit: 100, caller: 'alice', health: 'healthy' });
      expect(tenants).toHaveLength(50);
      const age = trial.simulation.timeline.now - Date.parse(tenants[0]?.observed_at ?? '');
      expect(age).toBeLessThanOrEqual(WATCH_EVERY_MS + 2_000);
    }),
  );

  test(
    'never changes a tenant that is unhealthy, and announces it once',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      await watchFor(trial, LONG);
      requestsOf(trial);
      ail(trial, down);
      await watchFor(trial, 10 * LONG);
      expect(await healthOf(trial)).toMatchObject({ health: 'unhealthy', trouble: 'Unhealthy', changes: 1 });
      const calls = requestsOf(trial).filter((label) => /provision|update|destroy/.test(label));
      expect(calls).toEqual([]);
      const tenant = await trial.tenants.get('acme');
      expect(tenant).toMatchObject({ phase: 'ready', operation: { seq: 1 } });
      expect(tenant.conditions).toMatchObject([
        { type: 'Ready', status: false, reason: 'Unhealthy' },
        { type: 'Progressing', status: false },
        { type: 'Degraded', status: true, reason: 'Unhealthy', message: expect.stringContaining('it exited') },
      ]);
      ail(trial, undefined);
      await watchFor(trial, LONG);
      expect(await healthOf(trial)).toMatchObject({ health: 'healthy', changes: 2 });
      const told = (await trial.announced()).map(({ detail_type }) => detail_type);
      expect(told).toEqual(['Tenant Provisioned', 'Tenant Degraded', 'Tenant Recovered']);
    }),
  );

  test(
    'finds what was removed by hand, which the inventory brings back',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      await watchFor(trial, LONG);
      trial.simulation.records.delete('memory/acme');
      await watchFor(trial, LONG);
      expect(await healthOf(trial)).toMatchObject({ health: 'unhealthy', trouble: 'Missing' });
      expect(await trial.inventoryOf('memory')).toMatchObject({ healed: ['acme'] });
      await watchFor(trial, LONG);
      expect(await healthOf(trial)).toMatchObject({ health: 'healthy' });
    }),
  );

  test(
    'says that health is unknown, and since when, while the provider cannot be asked',
    inSimulation(
      async (trial) => {
        await trial.tenants.provision(first, me);
        await watchFor(trial, 4 * LONG);
        const { conditions, health } = await trial.tenants.get('acme');
        expect(health).toMatchObject({ health: 'unknown', trouble: 'Unreachable', changes: 1 });
        expect(conditions.map(({ status, reason }) => `${status} ${reason}`)).toEqual([
          'true Serving',
          'false Settled',
          'true Unreachable',
        ]);
        const { tenants } = await trial.tenants.list({ limit: 10, caller: 'alice', health: 'unknown' });
        const age = trial.simulation.timeline.now - Date.parse(tenants[0]?.observed_at ?? '');
        expect(age).toBeGreaterThan(2 * LONG);
      },
      { weather: failing('F21', ({ what }) => what === 'glance' || what === 'status', { after: 1, times: 1_000 }) },
    ),
  );

  test(
    'looks again at a provider that throttles, in later rounds',
    inSimulation(
      async (trial) => {
        await trial.tenants.provision(first, me);
        ail(trial, down);
        await watchFor(trial, 10 * LONG);
        expect(await healthOf(trial)).toMatchObject({ trouble: 'Unhealthy' });
      },
      { weather: failing('F20', ({ what }) => what === 'glance' || what === 'status', { times: 6 }) },
    ),
  );

  test(
    'does not count a look at a tenant that changed meanwhile',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      await watchFor(trial, LONG);
      ail(trial, down);
      const before = await healthOf(trial);
      trial.simulation.interlude = async () => {
        const last = trial.simulation.calls.at(-1);
        if (last?.what !== 'status') return;
        trial.simulation.interlude = undefined;
        await trial.another().tenants.destroy('acme', me);
      };
      await watchFor(trial, LONG);
      const tenant = await trial.tenants.get('acme');
      expect(tenant).toMatchObject({ phase: 'destroyed' });
      expect(tenant.health).toBeUndefined();
      expect(before).toMatchObject({ health: 'healthy' });
      expect((await trial.announced()).map(({ detail_type }) => detail_type)).not.toContain('Tenant Degraded');
    }),
  );

  test(
    'takes over tenants of an older version without a record of health',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      const { items } = trial.simulation;
      const item = items.get('tenant#acme\nacme');
      if (!item?.summary) throw new Error('the tenant is there');
      const { health, observed_at, restart_count, watched, ...older } = JSON.parse(item.summary) as Record<
        string,
        unknown
      >;
      items.set('tenant#acme\nacme', { ...item, summary: JSON.stringify(older) });
      expect((await trial.tenants.list({ limit: 10, caller: 'alice' })).tenants[0]).toMatchObject({
        health: 'unknown',
        observed_at: null,
        restart_count: 0,
      });
      await watchFor(trial, LONG);
      expect((await trial.tenants.list({ limit: 10, caller: 'alice' })).tenants[0]).toMatchObject({
        health: 'healthy',
      });
    }),
  );

  test(
    'looks at once after an event, and again when the hold is over, although rounds are minutes apart',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      await watchFor(trial, LONG);
      ail(trial, down);
      const look = async () => trial.watch.lookAtOne(await trial.tenants.get('acme'));
      await look();
      expect(await healthOf(trial)).toMatchObject({ health: 'healthy', pending: { trouble: 'Unhealthy' } });
      expect(await trial.store.findPendingHealth(HOLD_MS, 10)).toEqual([]);
      await trial.sleep(HOLD_MS + 1_000);
      expect(await trial.store.findPendingHealth(HOLD_MS, 10)).toMatchObject([{ tenant_id: 'acme' }]);
      await look();
      expect(await healthOf(trial)).toMatchObject({ health: 'unhealthy' });
      expect(await trial.store.findPendingHealth(HOLD_MS, 10)).toEqual([]);
    }),
  );

  test(
    'leaves a worker that holds the lease its tenant, and is taken over by it',
    inSimulation(async (trial) => {
      await trial.tenants.provision(first, me);
      await watchFor(trial, LONG);
      const update = trial.tenants.update(specOf('acme', { number: 2, inProgressMs: 30_000 }), me);
      await trial.sleep(2_000);
      ail(trial, down);
      await watchFor(trial, LONG);
      ail(trial, undefined);
      await update;
      await trial.sweepFor(60);
      const tenant: Tenant = await trial.tenants.get('acme');
      expect(tenant).toMatchObject({ phase: 'ready', desired: { revision: 2 }, serving: { revision: 2 } });
      await watchFor(trial, LONG);
      expect(await healthOf(trial)).toMatchObject({ health: 'healthy' });
    }),
  );

  test(
    'goes on with a round that was interrupted, after the last tenant that it recorded',
    inSimulation(
      async (trial) => {
        await trial.tenants.provision(first, me);
        const stopped = AbortSignal.abort(new Error('the time is up'));
        expect(await trial.watchSchedule.runIfDue('memory', stopped)).toBeUndefined();
        await trial.sleep(1_000);
        expect(await trial.watchSchedule.runIfDue('memory')).toEqual({
          provider: 'memory',
          watched: 1,
          unhealthy: 0,
          unreachable: 0,
        });
      },
      { weather: calm },
    ),
  );
});
