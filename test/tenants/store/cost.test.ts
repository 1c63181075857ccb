import { expect, test } from 'vitest';
import { inWorld } from '../reconcile/trial.ts';
import { specOf } from '../simulation/specs.ts';
import type { World } from '../simulation/world.ts';

const me = { actor: 'somebody' };
const keyed = { ...me, idempotencyKey: 'one' };
const first = specOf('acme', { number: 1 });
const second = specOf('acme', { number: 2 });

const reads = new Set(['get', 'query']);

/** What the table is asked for while something runs. */
async function countCalls(world: World, run: () => Promise<unknown>): Promise<{ reads: number; writes: number }> {
  const before = world.calls.length;
  await run();
  const calls = world.calls.slice(before).filter(({ to }) => to === 'table');
  const read = calls.filter(({ what }) => reads.has(what)).length;
  return { reads: read, writes: calls.length - read };
}

test.each([
  ['no key', me, { reads: 1, writes: 2 }],
  ['a key', keyed, { reads: 2, writes: 3 }],
])('a whole provision with %s costs the table no more than it must', (_title, caller, expected) =>
  inWorld(async ({ tenants, world }) => {
    expect(await countCalls(world, () => tenants.provision(first, caller))).toEqual(expected);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
  })(),
);

test(
  'what takes the place of something costs one write more, for the history',
  inWorld(async ({ tenants, world }) => {
    await tenants.provision(first, me);
    expect(await countCalls(world, () => tenants.update(second, me))).toEqual({ reads: 1, writes: 3 });
    // Two entries of the history are written once more, to go when the tombstone does.
    expect(await countCalls(world, () => tenants.destroy('acme', me))).toEqual({ reads: 2, writes: 5 });
  }),
);

test(
  'what changes nothing costs one read',
  inWorld(async ({ tenants, world }) => {
    await tenants.provision(first, me);
    const nothing = { reads: 1, writes: 0 };
    expect(await countCalls(world, () => tenants.provision(first, me))).toEqual(nothing);
    expect(await countCalls(world, () => tenants.update(first, me))).toEqual(nothing);
    expect(await countCalls(world, () => tenants.destroy('nobody', me))).toEqual(nothing);
  }),
);

test(
  'a replayed answer costs the key and the tenant, and the history where the tenant has gone on since',
  inWorld(async ({ tenants, world }) => {
    await tenants.provision(first, keyed);
    expect(await countCalls(world, () => tenants.provision(first, keyed))).toEqual({ reads: 2, writes: 0 });
    await tenants.update(second, me);
    expect(await countCalls(world, () => tenants.provision(first, keyed))).toEqual({ reads: 4, writes: 0 });
  }),
);

test(
  'a status costs one read, and none where the provider is named',
  inWorld(async ({ tenants, world }) => {
    await tenants.provision(first, me);
    expect(await countCalls(world, () => tenants.status('acme', {}))).toEqual({ reads: 1, writes: 0 });
    const named = () => tenants.status('acme', { provider: 'memory' });
    expect(await countCalls(world, named)).toEqual({ reads: 0, writes: 0 });
  }),
);

test(
  'a look at work that goes on costs a read, and two writes for the lease',
  inWorld(async ({ tenants, reconciler, world }) => {
    await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
    await reconciler.reconcile('acme'); // what the provider says of it changes once
    expect(await countCalls(world, () => reconciler.reconcile('acme'))).toEqual({ reads: 1, writes: 2 });
  }),
);

test(
  'a settled tenant costs a sweep nothing, and a reconcile one read',
  inWorld(async ({ tenants, reconciler, sweeper, world }) => {
    await tenants.provision(first, me);
    expect(await countCalls(world, () => sweeper.sweep())).toEqual({ reads: 1, writes: 0 });
    expect(await countCalls(world, () => reconciler.reconcile('acme'))).toEqual({ reads: 1, writes: 0 });
  }),
);
