import { expect, test } from 'vitest';
import { inSimulation } from '../reconcile/trial.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };
const keyed = { ...me, idempotencyKey: 'one' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });

const reads = new Set(['get', 'query']);

/** Counts the calls of the table during some work. */
async function countCalls(
  simulation: Simulation,
  run: () => Promise<unknown>,
): Promise<{ reads: number; writes: number }> {
  const before = simulation.calls.length;
  await run();
  const calls = simulation.calls.slice(before).filter(({ to }) => to === 'table');
  const read = calls.filter(({ what }) => reads.has(what)).length;
  return { reads: read, writes: calls.length - read };
}

test.each([
  ['no key', me, { reads: 1, writes: 2 }],
  ['a key', keyed, { reads: 2, writes: 3 }],
])('a whole provision with %s costs the table no more than it must', (_title, caller, expected) =>
  inSimulation(async ({ tenants, simulation }) => {
    expect(await countCalls(simulation, () => tenants.provision(first, caller))).toEqual(expected);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
  })(),
);

test(
  'a later operation costs one write more, for the history',
  inSimulation(async ({ tenants, simulation }) => {
    await tenants.provision(first, me);
    expect(await countCalls(simulation, () => tenants.update(second, me))).toEqual({ reads: 1, writes: 3 });
    // Two entries of the history get the time to live of the tombstone.
    expect(await countCalls(simulation, () => tenants.destroy('acme', me))).toEqual({ reads: 2, writes: 5 });
  }),
);

test(
  'a request that changes nothing costs one read',
  inSimulation(async ({ tenants, simulation }) => {
    await tenants.provision(first, me);
    const nothing = { reads: 1, writes: 0 };
    expect(await countCalls(simulation, () => tenants.provision(first, me))).toEqual(nothing);
    expect(await countCalls(simulation, () => tenants.update(first, me))).toEqual(nothing);
    expect(await countCalls(simulation, () => tenants.destroy('absent', me))).toEqual(nothing);
  }),
);

test(
  'a replay reads the key and the tenant, and the history where later operations followed',
  inSimulation(async ({ tenants, simulation }) => {
    await tenants.provision(first, keyed);
    expect(await countCalls(simulation, () => tenants.provision(first, keyed))).toEqual({ reads: 2, writes: 0 });
    await tenants.update(second, me);
    expect(await countCalls(simulation, () => tenants.provision(first, keyed))).toEqual({ reads: 4, writes: 0 });
  }),
);

test(
  'a status costs one read, and none with a given provider',
  inSimulation(async ({ tenants, simulation }) => {
    await tenants.provision(first, me);
    expect(await countCalls(simulation, () => tenants.status('acme', {}))).toEqual({ reads: 1, writes: 0 });
    const named = () => tenants.status('acme', { provider: 'memory' });
    expect(await countCalls(simulation, named)).toEqual({ reads: 0, writes: 0 });
  }),
);

test(
  'a look at running work costs a read, and two writes for the lease',
  inSimulation(async ({ tenants, reconciler, simulation }) => {
    await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
    await reconciler.reconcile('acme'); // its message changes once
    expect(await countCalls(simulation, () => reconciler.reconcile('acme'))).toEqual({ reads: 1, writes: 2 });
  }),
);

test(
  'a tenant without unfinished work costs a sweep nothing, and a reconcile one read',
  inSimulation(async ({ tenants, reconciler, sweeper, simulation }) => {
    await tenants.provision(first, me);
    expect(await countCalls(simulation, () => sweeper.sweep())).toEqual({ reads: 1, writes: 0 });
    expect(await countCalls(simulation, () => reconciler.reconcile('acme'))).toEqual({ reads: 1, writes: 0 });
  }),
);
