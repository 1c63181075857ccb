import { describe, expect, test } from 'vitest';
import type { Call } from '../simulation/environment/faults.ts';
import { calm } from '../simulation/environment/weather.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { inSimulation, type Trial } from './trial.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });
const MINUTE = 60_000;

/** Runs a scenario in which the provider accepts no change while `outage.isOn`. */
function inOutage(scenario: (trial: Trial, outage: { isOn: boolean }) => Promise<void>) {
  const outage = { isOn: false };
  const plan = ({ what }: Call) => (outage.isOn && (what === 'provision' || what === 'update') ? 'F21' : undefined);
  return inSimulation((trial) => scenario(trial, outage), { weather: { ...calm, plan } });
}

/** Sweeps every half minute, for that many minutes. */
async function sweepFor({ sweeper, sleep }: Trial, minutes: number): Promise<void> {
  for (let half = 0; half < 2 * minutes; half += 1) {
    await sleep(MINUTE / 2);
    await sweeper.sweep({ waitMs: 0 });
  }
}

describe('a tenant that was ready', () => {
  test(
    'and is lost for longer than the deadline fails, says when it is looked at next, and comes back',
    inOutage(async (trial, outage) => {
      const { tenants, simulation, inventoryOf, announced } = trial;
      await tenants.provision(first, me);
      outage.isOn = true;
      simulation.records.delete('memory/acme');
      await inventoryOf('memory');
      await sweepFor(trial, 20);
      const failed = await tenants.get('acme');
      expect(failed).toMatchObject({ phase: 'failed', operation: { type: 'heal', state: 'failed' } });
      const message = failed.conditions.find(({ type }) => type === 'Degraded')?.message;
      expect(message).toContain(`Berth looks again at ${failed.next_at}.`);
      await sweepFor(trial, 300);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed', operation: failed.operation });
      outage.isOn = false;
      await sweepFor(trial, 61);
      const back = await tenants.get('acme');
      expect(back).toMatchObject({
        phase: 'ready',
        operation: { type: 'heal', state: 'succeeded', actor: 'berth:recovery' },
        desired: { revision: 1 },
      });
      expect([back.lease, back.next_at, back.recovery]).toEqual([undefined, undefined, undefined]);
      expect(await announced()).toEqual([
        expect.objectContaining({ detail_type: 'Tenant Provisioned' }),
        expect.objectContaining({ detail_type: 'Tenant Update Failed' }),
        { detail_type: 'Tenant Updated', operation_id: back.operation.operation_id },
      ]);
      expect(await tenants.operations('acme')).toHaveLength(3);
    }),
  );

  test(
    'is asked for with growing pauses, of an hour at most',
    inOutage(async (trial, outage) => {
      const { tenants, simulation, inventoryOf } = trial;
      await tenants.provision(first, me);
      outage.isOn = true;
      simulation.records.delete('memory/acme');
      await inventoryOf('memory');
      await sweepFor(trial, 20);
      const times: number[] = [];
      simulation.interlude = async (request) => {
        if (/: (?:update|provision) /.test(simulation.calls[request - 1]?.label ?? '')) {
          times.push(simulation.timeline.now);
        }
      };
      await sweepFor(trial, 400);
      const tries = times.filter((time, index) => time - (times[index - 1] ?? 0) > 5_000);
      const pauses = tries.slice(1).map((time, index) => Math.round((time - (tries[index] ?? 0)) / MINUTE));
      expect(pauses.length).toBeGreaterThan(7);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(61);
      expect(pauses.at(-1)).toBeGreaterThan(50);
      for (const [index, pause] of pauses.slice(1, 5).entries()) expect(pause).toBeGreaterThan(pauses[index] ?? 0);
    }),
  );

  test(
    'and whose update the provider refuses for good is not rolled out again while the old version serves',
    inSimulation(async (trial) => {
      const { tenants, simulation } = trial;
      await tenants.provision(first, me);
      await tenants.update(specOf('acme', { number: 2, faults: { rollout: 'unhealthy' } }), me);
      await sweepFor(trial, 5);
      const failed = await tenants.get('acme');
      expect(failed).toMatchObject({ phase: 'failed', operation: { error: { usable: true } } });
      const changes = () => simulation.calls.filter(({ what }) => what === 'update' || what === 'provision').length;
      const before = changes();
      await sweepFor(trial, 200);
      expect(changes()).toBe(before);
      await tenants.update(first, me);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 3 } });
    }),
  );
});

describe('a rollout that comes up after its deadline', () => {
  test(
    'of an update makes the tenant ready, and is announced',
    inSimulation(async (trial) => {
      const { tenants, announced } = trial;
      await tenants.provision(first, me);
      await tenants.update(specOf('acme', { number: 2, inProgressMs: 25 * MINUTE }), me);
      await sweepFor(trial, 17);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed', operation: { error: { code: 'timeout' } } });
      await sweepFor(trial, 20);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', serving: { revision: 2 } });
      const types = (await announced()).map(({ detail_type }) => detail_type);
      expect(types).toEqual(['Tenant Provisioned', 'Tenant Update Failed', 'Tenant Updated']);
    }),
  );

  test(
    'of a first provision makes the tenant ready, and is announced as provisioned',
    inSimulation(async (trial) => {
      const { tenants, announced } = trial;
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 25 * MINUTE }), me);
      await sweepFor(trial, 17);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed' });
      await sweepFor(trial, 20);
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'ready',
        operation: { type: 'provision', state: 'succeeded', result: { status: 'success' } },
      });
      const types = (await announced()).map(({ detail_type }) => detail_type);
      expect(types).toEqual(['Tenant Provision Failed', 'Tenant Provisioned']);
    }),
  );
});

describe('a failed tenant', () => {
  test(
    'that never ran is looked at, and not provisioned again',
    inOutage(async (trial, outage) => {
      const { tenants, simulation } = trial;
      outage.isOn = true;
      await tenants.provision(first, me);
      await sweepFor(trial, 20);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed' });
      outage.isOn = false;
      await sweepFor(trial, 200);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed' });
      expect(simulation.records.size).toBe(0);
      await tenants.provision(first, me);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );

  test(
    'is only looked at, and not changed, when an event comes before the next try is due',
    inOutage(async (trial, outage) => {
      const { tenants, simulation, inventoryOf, reconciler } = trial;
      await tenants.provision(first, me);
      outage.isOn = true;
      simulation.records.delete('memory/acme');
      await inventoryOf('memory');
      await sweepFor(trial, 30);
      const { next_at, recovery } = await tenants.get('acme');
      outage.isOn = false;
      for (let event = 0; event < 5; event += 1) await reconciler.reconcile('acme');
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'failed',
        next_at,
        recovery: { looks: recovery?.looks },
      });
      expect(simulation.records.size).toBe(0);
    }),
  );

  test(
    'of the version before is looked at from the next inventory on',
    inOutage(async (trial, outage) => {
      const { tenants, simulation, inventoryOf } = trial;
      await tenants.provision(first, me);
      outage.isOn = true;
      simulation.records.delete('memory/acme');
      await inventoryOf('memory');
      await sweepFor(trial, 20);
      const item = simulation.items.get('tenant#acme\nacme');
      if (!item) throw new Error('no tenant');
      const { next_at: _, recovery: __, ...older } = JSON.parse(item.data);
      const { work: ___, work_at: ____, ...unscheduled } = item;
      simulation.items.set('tenant#acme\nacme', { ...unscheduled, data: JSON.stringify(older) });
      outage.isOn = false;
      await sweepFor(trial, 5);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'failed' });
      await inventoryOf('memory');
      await sweepFor(trial, 2);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );

  test(
    'takes a request at any time, also while it is looked at',
    inOutage(async (trial, outage) => {
      const { tenants, simulation, inventoryOf, reconciler, another, sleep } = trial;
      await tenants.provision(first, me);
      outage.isOn = true;
      simulation.records.delete('memory/acme');
      await inventoryOf('memory');
      await sweepFor(trial, 20);
      outage.isOn = false;
      await sleep(2 * 3600_000);
      const looking = reconciler.reconcile('acme');
      await sleep(3);
      await another().tenants.update(second, me);
      await looking;
      await sweepFor(trial, 2);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', serving: { revision: 2 } });
      expect(simulation.ledger.violations).toEqual([]);
    }),
  );
});
