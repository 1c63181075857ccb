import { describe, expect, test } from 'vitest';
import { hashJson } from '../../../src/compute/spec/json.ts';
import type { Answered } from '../../../src/tenants/decide/mutation-result.ts';
import type { MutationResult } from '../../../src/tenants/tenants.ts';
import { failing, inSimulation, refusal } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const one = { ...me, idempotencyKey: 'one' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });

function operationIn(result: MutationResult): Answered {
  if (result.kind !== 'none') return result;
  throw new Error('no operation');
}

describe('a request that is repeated with its key', () => {
  test(
    'gets the result of the first one, also after later changes',
    inSimulation(async ({ tenants, simulation }) => {
      const answered = await tenants.provision(first, one);
      await tenants.update(second, me);
      const repeated = await tenants.provision(first, one);
      expect(repeated).toEqual({ ...answered, tenant: await tenants.get('acme'), repeated: true });
      await tenants.destroy('acme', me);
      expect(await tenants.provision(first, one)).toMatchObject({
        operation: { type: 'provision', state: 'succeeded' },
      });
      expect(simulation.records.size).toBe(0);
      expect(simulation.ledger.accepted.size).toBe(3);
    }),
  );

  test(
    'gets the failure of the first one too',
    inSimulation(async ({ tenants, simulation }) => {
      const broken = specOf('acme', { number: 1, faults: { provision: 'failed' } });
      await tenants.provision(broken, one);
      expect(await tenants.provision(broken, one)).toMatchObject({ operation: { state: 'failed' } });
      expect(simulation.calls.filter(({ what }) => what === 'provision')).toHaveLength(1);
    }),
  );

  test(
    'gets the running operation of the first one while it runs',
    inSimulation(async ({ tenants, simulation }) => {
      const slow = specOf('acme', { number: 1, inProgressMs: 60_000 });
      const { operation } = operationIn(await tenants.provision(slow, one));
      expect(await tenants.provision(slow, one)).toMatchObject({
        kind: 'operation',
        operation: { operation_id: operation.operation_id, state: 'running' },
      });
      expect(simulation.ledger.accepted.size).toBe(1);
    }),
  );

  test(
    'is told the revision of the first one, so it cannot overwrite a later change',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const answered = operationIn(await tenants.update(second, { ...one, ifMatch: 1 }));
      expect(answered.revision).toBe(2);
      await tenants.update(specOf('acme', { number: 3 }), me);
      const repeated = operationIn(await tenants.update(second, { ...one, ifMatch: 1 }));
      expect(repeated.revision).toBe(2);
      const next = specOf('acme', { number: 4 });
      expect(await refusal(tenants.update(next, { ...me, ifMatch: repeated.revision }))).toBe('revision_conflict');
    }),
  );

  test(
    'of a destroy is told the revision that was destroyed, also in the next life',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      const answered = operationIn(await tenants.destroy('acme', one));
      await tenants.provision(second, me);
      expect(operationIn(await tenants.destroy('acme', one)).revision).toBe(answered.revision);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 2 } });
    }),
  );

  test(
    'is told that a failed operation cannot be retried with the key, by the first answer too',
    inSimulation(async ({ tenants, sweepFor, sleep }) => {
      const busy = specOf('acme', { number: 1, faults: { provision: 'throttled' } });
      await tenants.provision(busy, one);
      await sleep(16 * 60_000);
      await sweepFor(200);
      const replay = await tenants.provision(busy, one);
      expect(replay).toMatchObject({
        operation: { state: 'failed', error: { code: 'throttled', retryable: false } },
      });
      expect(operationIn(replay).operation.error?.hint).toMatch('new idempotency key');
    }),
  );

  test(
    'is refused where its content differs',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, one);
      expect(await refusal(tenants.provision(second, one))).toBe('idempotency_mismatch');
      expect(await refusal(tenants.update(first, one))).toBe('idempotency_mismatch');
      expect(await refusal(tenants.destroy('acme', one))).toBe('idempotency_mismatch');
      expect(await refusal(tenants.rollback('acme', 1, one))).toBe('idempotency_mismatch');
      expect(await refusal(tenants.provision(specOf('globex', { number: 1 }), one))).toBe('idempotency_mismatch');
      expect(simulation.ledger.accepted.size).toBe(1);
    }),
  );

  test(
    'is refused for another tenant, and nothing happens to that one',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, me);
      await tenants.provision(specOf('globex', { number: 1 }), me);
      await tenants.destroy('acme', one);
      expect(await refusal(tenants.destroy('globex', one))).toBe('idempotency_mismatch');
      expect(await tenants.get('globex')).toMatchObject({ phase: 'ready' });
      const two = { ...me, idempotencyKey: 'two' };
      expect(await tenants.destroy('initech', two)).toEqual({ kind: 'none' });
      expect(await refusal(tenants.destroy('globex', two))).toBe('idempotency_mismatch');
      const three = { ...me, idempotencyKey: 'three' };
      for (const id of ['globex', 'hooli']) {
        await tenants.provision(specOf(id, { number: 1 }), me);
        await tenants.update(specOf(id, { number: 2 }), me);
      }
      await tenants.rollback('globex', 1, three);
      expect(await refusal(tenants.rollback('hooli', 1, three))).toBe('idempotency_mismatch');
      expect(await tenants.get('hooli')).toMatchObject({ desired: { revision: 2 } });
      expect(simulation.records.size).toBe(2);
    }),
  );

  test(
    'is refused with another If-Match',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      await tenants.destroy('acme', { ...one, ifMatch: 1 });
      await tenants.provision(second, me);
      expect(await refusal(tenants.destroy('acme', { ...one, ifMatch: 2 }))).toBe('idempotency_mismatch');
      expect(await refusal(tenants.destroy('acme', one))).toBe('idempotency_mismatch');
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );

  test(
    'gets the result of one that changed nothing, and changes nothing later',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, me);
      expect(await tenants.update(first, one)).toMatchObject({ kind: 'unchanged' });
      await tenants.update(second, me);
      expect(await tenants.update(first, one)).toMatchObject({
        kind: 'unchanged',
        tenant: { desired: { revision: 2 } },
      });
      expect(await tenants.get('acme')).toMatchObject({ desired: { revision: 2 } });
    }),
  );

  test(
    'gets the result of one that found nothing to destroy, and destroys nothing later',
    inSimulation(async ({ tenants, simulation }) => {
      expect(await tenants.destroy('acme', one)).toEqual({ kind: 'none' });
      await tenants.provision(first, me);
      expect(await tenants.destroy('acme', one)).toEqual({ kind: 'none' });
      expect(simulation.records.size).toBe(1);
    }),
  );

  test(
    'gets the result of one that joined another operation',
    inSimulation(async ({ tenants, sweepFor }) => {
      const slow = specOf('acme', { number: 1, inProgressMs: 5_000 });
      const begun = await tenants.provision(slow, me);
      const joined = await tenants.provision(slow, one);
      expect(joined).toMatchObject({ kind: 'operation', operation: { state: 'running' } });
      await sweepFor(10);
      await tenants.update(second, me);
      expect(await tenants.provision(slow, one)).toMatchObject({
        kind: 'operation',
        operation: { operation_id: 'operation' in begun && begun.operation.operation_id, state: 'succeeded' },
      });
      expect(await tenants.get('acme')).toMatchObject({ desired: { revision: 2 } });
    }),
  );
});

describe('a key', () => {
  test(
    'that the version before recorded leads to the answer about its tenant only',
    inSimulation(async ({ tenants, simulation }) => {
      await tenants.provision(first, one);
      const [[place, item] = []] = [...simulation.items].filter(([, { pk }]) => pk.startsWith('key#'));
      if (!place || !item) throw new Error('no key was recorded');
      const { request: _, revision: __, ...older } = JSON.parse(item.data);
      const data = JSON.stringify({ ...older, request: hashJson(['provision', first]) });
      simulation.items.set(place, { ...item, data });
      expect(await tenants.provision(first, one)).toMatchObject({ kind: 'operation', revision: 1, repeated: true });
      expect(await refusal(tenants.provision(second, one))).toBe('idempotency_mismatch');
    }),
  );

  test(
    'belongs to the owner of the caller, where that is another one than the actor',
    inSimulation(async ({ tenants, simulation }) => {
      const session = (actor: string) => ({ actor, owner: 'role', idempotencyKey: 'one' });
      await tenants.provision(first, session('role/a'));
      expect(await tenants.provision(first, session('role/b'))).toMatchObject({ repeated: true });
      expect(await refusal(tenants.provision(second, session('role/b')))).toBe('idempotency_mismatch');
      expect(simulation.ledger.accepted.size).toBe(1);
    }),
  );

  test(
    'is the caller’s own',
    inSimulation(async ({ tenants }) => {
      await tenants.provision(first, one);
      const other = { ...one, actor: 'bob' };
      expect(await tenants.provision(specOf('globex', { number: 1 }), other)).toMatchObject({
        kind: 'operation',
        operation: { tenant_id: 'globex', state: 'succeeded' },
      });
    }),
  );

  test(
    'expires after a day and can then be used for any request',
    inSimulation(async ({ tenants, sleep }) => {
      await tenants.provision(first, one);
      await sleep(24 * 3600_000 + 2_000);
      expect(await tenants.update(second, one)).toMatchObject({
        kind: 'operation',
        tenant: { desired: { revision: 2 } },
      });
      expect(await refusal(tenants.update(first, one))).toBe('idempotency_mismatch');
    }),
  );

  test(
    'can be used again after its request was refused',
    inSimulation(async ({ tenants }) => {
      expect(await refusal(tenants.update(second, one))).toBe('tenant_not_found');
      await tenants.provision(first, me);
      expect(await tenants.update(second, one)).toMatchObject({ kind: 'operation', operation: { state: 'succeeded' } });
    }),
  );

  test(
    'whose request crashed after it took the key leads to the repeated request',
    inSimulation(
      async ({ tenants, another, simulation, sleep }) => {
        void tenants.provision(first, one);
        await sleep(1_000);
        expect(simulation.crashed).toMatchObject([{ label: 'put tenant#acme' }]);
        expect(simulation.ledger.accepted.size).toBe(0);
        const again = await another().tenants.provision(first, one);
        expect(again).toMatchObject({ kind: 'operation', operation: { state: 'succeeded' } });
        expect(await another().tenants.provision(first, one)).toEqual({
          ...again,
          tenant: expect.anything(),
          repeated: true,
        });
        expect(simulation.ledger.accepted.size).toBe(1);
      },
      { crashes: [{ at: 5, when: 'before', grace: 0 }] },
    ),
  );

  test(
    'is taken by one of two simultaneous requests, and leads both to one operation',
    inSimulation(async ({ tenants, another, simulation }) => {
      const answers = await Promise.allSettled([
        tenants.provision(first, one),
        another().tenants.provision(first, one),
      ]);
      expect(answers.map(({ status }) => status)).toContain('fulfilled');
      expect(simulation.ledger.accepted.size).toBe(1);
      expect(await tenants.provision(first, one)).toMatchObject({ operation: { state: 'succeeded' } });
    }),
  );

  test(
    'is recognised by its own request when the answer of the write was lost',
    inSimulation(
      async ({ tenants, simulation }) => {
        expect(await tenants.provision(first, one)).toMatchObject({ operation: { state: 'succeeded' } });
        expect(simulation.ledger.accepted.size).toBe(1);
      },
      { weather: failing('F50', ({ label }) => label === 'put key') },
    ),
  );

  test(
    'is nowhere to be read',
    inSimulation(async ({ tenants, simulation, logger }) => {
      await tenants.provision(first, { ...one, idempotencyKey: 'canary-key' });
      expect(JSON.stringify([[...simulation.items], logger.entries])).not.toContain('canary-key');
    }),
  );
});
