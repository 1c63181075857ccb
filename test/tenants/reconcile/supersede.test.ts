import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import type { MutationResult, Tenants } from '../../../src/tenants/tenants.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { inSimulation, refusal } from './trial.ts';

const me = { actor: 'alice' };
const first = specOf('acme', { number: 1 });
const stuck = specOf('acme', { number: 2, inProgressMs: 3_600_000 });
const newest = specOf('acme', { number: 3 });

function operationOf(result: MutationResult) {
  if (result.kind !== 'operation') throw new Error(`${result.kind}, not an operation`);
  return result.operation;
}

/** Returns the number of a version that the provider has, and that of one on its way. */
function held(simulation: Simulation) {
  const { serving, pending } = observe(simulation.records.get('memory/acme'), simulation.timeline.now);
  return { serving: serving && specHash(serving), pending: pending && specHash(pending) };
}

describe('a newer update', () => {
  test(
    'ends the running one, and the tenant goes straight to it',
    inSimulation(async ({ tenants, simulation, announced }) => {
      await tenants.provision(first, me);
      const old = operationOf(await tenants.update(stuck, me));
      const next = await tenants.update(newest, me);
      expect(next).toMatchObject({ operation: { state: 'succeeded', revision: 3 }, tenant: { phase: 'ready' } });
      expect(await tenants.operation(old.operation_id)).toMatchObject({
        state: 'cancelled',
        error: { code: 'operation_superseded', usable: true },
      });
      expect(held(simulation)).toEqual({ serving: specHash(newest), pending: undefined });
      const ends = (await announced()).map(({ operation_id, detail_type }) => [operation_id?.at(-1), detail_type]);
      expect(ends).toEqual([
        ['1', 'Tenant Provisioned'],
        ['2', 'Tenant Update Failed'],
        ['3', 'Tenant Updated'],
      ]);
    }),
  );

  test(
    'of a tenant that never served takes the place of its provision',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(stuck, me);
      expect(await tenants.update(newest, me)).toMatchObject({ operation: { state: 'succeeded' } });
      expect(held(simulation)).toEqual({ serving: specHash(newest), pending: undefined });
    }),
  );

  test(
    'back to the version that serves drops the version on its way',
    inSimulation(async ({ tenants, simulation, sweepFor }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      await tenants.update(first, me);
      await sweepFor(5);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 3 } });
      expect(held(simulation)).toEqual({ serving: specHash(first), pending: undefined });
    }),
  );

  test(
    'is worked on at once by the holder of the lease in the same process',
    inSimulation(async ({ tenants, reconciler, simulation, sleep }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      await sleep(60_000);
      const working = reconciler.reconcile('acme', { waitMs: 600_000 });
      await sleep(1_000);
      const requested = simulation.timeline.now;
      expect(operationOf(await tenants.update(newest, me)).state).toBe('running');
      await working;
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
      expect(simulation.timeline.now - requested).toBeLessThan(2_000);
    }),
  );

  test(
    'is noticed by a holder of the lease in another process when it renews the lease',
    inSimulation(async ({ tenants, another, simulation, sleep }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      await sleep(60_000);
      const working = another().reconciler.reconcile('acme', { waitMs: 600_000 });
      await sleep(1_000);
      const requested = simulation.timeline.now;
      await tenants.update(newest, me);
      await working;
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
      expect(simulation.timeline.now - requested).toBeLessThan(7_000);
    }),
  );

  test(
    'takes as many calls of the provider as a fresh one',
    inSimulation(async ({ tenants, simulation }) => {
      const callsOf = async (change: () => Promise<unknown>) => {
        const before = simulation.calls.length;
        await change();
        return simulation.calls.slice(before).flatMap(({ to, what }) => (to === 'provider' ? [what] : []));
      };
      await tenants.provision(first, me);
      const fresh = await callsOf(() => tenants.update(specOf('acme', { number: 4 }), me));
      await tenants.update(stuck, me);
      expect(await callsOf(() => tenants.update(newest, me))).toEqual(fresh);
    }),
  );

  test(
    'waits until the call of the older one has stopped, so that the older version never comes last',
    inSimulation(async ({ tenants, reconciler, simulation, sleep, sweepFor }) => {
      await tenants.provision(first, me);
      const hanging = specOf('acme', { number: 2, faults: { update: { kind: 'hang', times: 1 } } });
      const old = tenants.update(hanging, me);
      await sleep(1_000);
      await tenants.update(newest, me);
      expect(await refusal(old)).toBeUndefined();
      await sweepFor(20);
      expect(operationOf(await old)).toMatchObject({ state: 'cancelled', error: { code: 'operation_superseded' } });
      expect(held(simulation)).toEqual({ serving: specHash(newest), pending: undefined });
      expect(await reconciler.reconcile('acme')).toBe(false);
    }),
  );

  test(
    'keeps the revision that it replaced, in the list of revisions and for a rollback',
    inSimulation(async ({ tenants, another, reconciler, sleep }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      const numbers = async () => (await tenants.revisions('acme')).map(({ revision }) => revision);
      const working = another().reconciler.reconcile('acme', { waitMs: 600_000 });
      await sleep(1_000);
      await tenants.update(newest, me);
      expect(await numbers(), 'while the replaced operation is in the outbox').toEqual([3, 2, 1]);
      await working;
      expect(await reconciler.reconcile('acme')).toBe(false);
      expect((await tenants.get('acme')).outbox_revision).toBeUndefined();
      expect(await numbers()).toEqual([3, 2, 1]);
      await tenants.rollback('acme', 2, me);
      expect(await tenants.get('acme')).toMatchObject({ desired: { revision: 4, rollback_of: 2 } });
    }),
  );
});

describe('a rollback', () => {
  test(
    'takes the place of an update that is stuck',
    inSimulation(async ({ tenants, simulation, sweepFor }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      await tenants.rollback('acme', 1, me);
      await sweepFor(5);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 3, rollback_of: 1 } });
      expect(held(simulation)).toEqual({ serving: specHash(first), pending: undefined });
    }),
  );

  test(
    'to a revision that does not exist says so before anything else',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.update(stuck, me);
      for (const caller of [me, { ...me, ifMatch: 9 }, { ...me, requestedAt: '2020-01-01T00:00:00.000Z' }]) {
        expect(await refusal(tenants.rollback('acme', 77, caller))).toBe('revision_not_found');
      }
    }),
  );
});

describe('a cancelled operation', () => {
  const cancelled = async (tenants: Tenants) => {
    await tenants.provision(first, me);
    const { operation_id } = operationOf(await tenants.update(stuck, me));
    return { operation_id, back: operationOf(await tenants.cancel(operation_id, me)) };
  };

  test(
    'goes back to the revision that serves, and ends once',
    inSimulation(async ({ tenants, simulation, sweepFor, announced }) => {
      const { operation_id, back } = await cancelled(tenants);
      expect(back).toMatchObject({ type: 'rollback', revision: 3 });
      await sweepFor(5);
      expect(await tenants.operation(operation_id)).toMatchObject({
        state: 'cancelled',
        error: {
          code: 'operation_cancelled',
          message: 'operation cancelled: the tenant goes back to revision 1',
          hint: `Follow operation ${back.operation_id}, which goes back.`,
        },
      });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { rollback_of: 1 } });
      expect(held(simulation)).toEqual({ serving: specHash(first), pending: undefined });
      const ends = (await announced()).map(({ detail_type }) => detail_type);
      expect(ends).toEqual(['Tenant Provisioned', 'Tenant Update Failed', 'Tenant Updated']);
    }),
  );

  test(
    'cannot be cancelled again, except by a repetition of the same request',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const { operation_id } = operationOf(await tenants.update(stuck, me));
      const keyed = { ...me, idempotencyKey: 'one' };
      const back = operationOf(await tenants.cancel(operation_id, keyed));
      expect(await refusal(tenants.cancel(operation_id, me))).toBe('operation_not_cancellable');
      expect(operationOf(await tenants.cancel(operation_id, keyed)).operation_id).toBe(back.operation_id);
    }),
  );

  test(
    'has to exist',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const { incarnation } = await tenants.get('acme');
      for (const id of ['', 'acme', `acme.${incarnation}.9`, `other.${incarnation}.1`, 'x'.repeat(500)]) {
        expect(await refusal(tenants.cancel(id, me)), id).toBe('operation_not_found');
      }
      expect(await refusal(tenants.cancel(`acme.${incarnation}.1`, me))).toBe('operation_not_cancellable');
    }),
  );
});
