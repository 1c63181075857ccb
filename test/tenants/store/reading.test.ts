import { expect, test } from 'vitest';
import { inSimulation, refusal } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };

test(
  'the operations of a life are listed newest first, including the running one',
  inSimulation(async ({ tenants }) => {
    await tenants.provision(specOf('acme', { number: 1 }), me);
    await tenants.update(specOf('acme', { number: 2, inProgressMs: 60_000 }), me);
    const operations = await tenants.operations('acme');
    expect(operations.map(({ type, state, seq }) => [type, state, seq])).toEqual([
      ['update', 'running', 2],
      ['provision', 'succeeded', 1],
    ]);
    expect(await tenants.operations('acme', 1)).toHaveLength(1);
    expect(await tenants.revisions('acme', 1)).toMatchObject([{ revision: 2 }]);
  }),
);

test(
  'the wait for the end of an operation lasts no longer than requested',
  inSimulation(async ({ tenants, sweepFor, simulation }) => {
    const begun = await tenants.provision(specOf('acme', { number: 1, inProgressMs: 5_000 }), me);
    if (begun.kind !== 'operation') throw new Error('an operation');
    const { operation_id } = begun.operation;
    const before = simulation.timeline.now;
    expect(await tenants.operation(operation_id, { waitMs: 2_000 })).toMatchObject({ state: 'running' });
    expect(simulation.timeline.now - before).toBeLessThan(3_000);
    const [ended] = await Promise.all([tenants.operation(operation_id, { waitMs: 20_000 }), sweepFor(15)]);
    expect(ended).toMatchObject({ state: 'succeeded' });
  }),
);

test(
  'the wait for an operation ends at the signal of its caller',
  inSimulation(async ({ tenants, sleep }) => {
    const begun = await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
    if (begun.kind !== 'operation') throw new Error('an operation');
    const leaving = new AbortController();
    const { operation_id } = begun.operation;
    const waiting = tenants.operation(operation_id, { waitMs: 20_000, signal: leaving.signal });
    const left = expect(waiting).rejects.toThrow('the caller left');
    await sleep(500);
    leaving.abort(new Error('the caller left'));
    await left;
  }),
);

test.each(['nonsense', 'acme.abcdefghijkl.1', '../../etc/passwd', `${'a'.repeat(10_000)}.abcdefghijkl.1`])(
  'an unknown operation id is not found (%#)',
  (id) =>
    inSimulation(async ({ tenants }) => expect(await refusal(tenants.operation(id))).toBe('operation_not_found'))(),
);

test(
  'the status of a tenant that its provider does not have comes from the record',
  inSimulation(async ({ tenants, simulation }) => {
    await tenants.provision(specOf('acme', { number: 1, faults: { provision: 'failed' } }), me);
    expect(await tenants.status('acme', {})).toMatchObject({
      state: 'failed',
      metadata: { message: 'provisioning failed: the memory provider was asked to fail provision' },
    });
    await tenants.provision(specOf('acme', { number: 2 }), me);
    simulation.records.clear();
    expect(await tenants.status('acme', {})).toMatchObject({
      state: 'unknown',
      containers: [{ name: 'web', ready: false }, { name: 'worker' }],
      metadata: { message: 'nothing is there; the tenant is ready' },
    });
    expect(await refusal(tenants.status('acme', { provider: 'memory' }))).toBe('tenant_not_found');
  }),
);
