import { describe, expect, test } from 'vitest';
import { failing, inSimulation, refusal } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const one = { ...me, idempotencyKey: 'one' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });

describe('a request that is repeated with its key', () => {
  test(
    'gets the result of the first one, also after later changes',
    inSimulation(async ({ tenants, simulation }) => {
      const answered = await tenants.provision(first, one);
      await tenants.update(second, me);
      const repeated = await tenants.provision(first, one);
      expect(repeated).toEqual({ ...answered, tenant: await tenants.get('acme') });
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
    'is refused while the first one runs',
    inSimulation(async ({ tenants }) => {
      const slow = specOf('acme', { number: 1, inProgressMs: 60_000 });
      await tenants.provision(slow, one);
      expect(await refusal(tenants.provision(slow, one))).toBe('operation_in_progress');
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
        expect(await another().tenants.provision(first, one)).toEqual({ ...again, tenant: expect.anything() });
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
