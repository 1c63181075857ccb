import { describe, expect, test } from 'vitest';
import { specOf } from '../simulation/specs.ts';
import { inWorld } from './trial.ts';

const me = { actor: 'somebody' };
const slow = { number: 1, inProgressMs: 30_000 };
const version = ({ items }: { items: Map<string, { version?: number | undefined }> }) =>
  items.get('tenant#acme\nacme')?.version;

describe('a lease', () => {
  test(
    'keeps others out, and is renewed for as long as work goes on',
    inWorld(async ({ tenants, reconciler, another, world, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const working = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      const { fence } = await tenants.get('acme');
      const other = another();
      for (let seconds = 0; seconds < 25; seconds += 1) {
        const before = version(world);
        const requests = world.calls.length;
        await other.reconciler.reconcile('acme');
        expect(version(world)).toBe(before);
        expect(world.calls.slice(requests).map(({ what }) => what)).toEqual(['get']);
        await sleep(990);
      }
      await working;
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', fence });
    }),
  );

  test(
    'is given back when the work is done, and when patience ends',
    inWorld(async ({ tenants }) => {
      const waiting = await tenants.provision(specOf('acme', slow), me);
      expect(waiting).toMatchObject({ tenant: { lease: undefined, next_at: expect.any(String) } });
      const done = await tenants.provision(specOf('globex', { number: 1 }), me);
      expect(done).toMatchObject({ tenant: { lease: undefined, next_at: undefined } });
    }),
  );

  test(
    'of whoever was killed runs out, and another takes the work up with a higher fence',
    inWorld(async ({ tenants, reconciler, process, another, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      void reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.kill();
      const other = another();
      const { fence } = await other.tenants.get('acme');
      await other.sweeper.sweep();
      expect(await other.tenants.get('acme')).toMatchObject({ fence, phase: 'provisioning' });
      await sleep(15_000);
      await other.sweeper.sweep({ waitMs: 60_000 });
      expect(await other.tenants.get('acme')).toMatchObject({ fence: fence + 1, phase: 'ready' });
    }),
  );

  test(
    'of the dead is no lease to a host that knows to be alone',
    inWorld(async ({ tenants, reconciler, process, another, world, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      void reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.kill();
      const other = another();
      await other.reconciler.reconcile('acme', { waitMs: 60_000, exclusiveSince: world.timeline.now });
      expect(await other.tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );
});

describe('a holder that slept through its lease', () => {
  test(
    'changes nothing when it wakes',
    inWorld(async ({ tenants, reconciler, process, another, world, sleep, logger, announced }) => {
      await tenants.provision(specOf('acme', slow), me);
      const sleeping = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.pause(120_000);
      await sleep(20_000);
      const other = another();
      await other.reconciler.reconcile('acme', { waitMs: 60_000 });
      const before = world.items.get('tenant#acme\nacme');
      expect(await other.tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
      await sleeping;
      await sleep(60_000);
      expect(world.items.get('tenant#acme\nacme')).toEqual(before);
      expect(await announced()).toHaveLength(1);
      expect(logger.entries.map(({ message }) => message)).toContain('lease lost');
    }),
  );

  test(
    'changes nothing of the life that began meanwhile',
    inWorld(async ({ tenants, reconciler, process, another, world, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const sleeping = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.pause(120_000);
      await sleep(20_000);
      const other = another();
      await other.tenants.destroy('acme', me);
      const again = await other.tenants.provision(specOf('acme', { number: 2 }), me);
      expect(again).toMatchObject({ tenant: { phase: 'ready', desired: { revision: 2 } } });
      const before = world.items.get('tenant#acme\nacme');
      await sleeping;
      await sleep(60_000);
      expect(world.items.get('tenant#acme\nacme')).toEqual(before);
    }),
  );

  test.each([300_000, -300_000])(
    'is outrun by a clock that is %i ms off, and the operation still ends once',
    (skewMs) =>
      inWorld(async ({ tenants, reconciler, another, world, sleep, announced }) => {
        await tenants.provision(specOf('acme', slow), me);
        const working = reconciler.reconcile('acme', { waitMs: 60_000 });
        const other = another({ skewMs });
        for (let tries = 0; tries < 60; tries += 1) {
          await sleep(1_000);
          await other.reconciler.reconcile('acme', { waitMs: 500 });
        }
        await working;
        await sleep(400_000);
        await other.sweeper.sweep();
        expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
        expect(world.ledger.violations).toEqual([]);
        expect(new Set((await announced()).map(({ operation_id }) => operation_id)).size).toBe(1);
      })(),
  );
});

describe('reconciling', () => {
  test(
    'looks at a tenant without work once, and leaves it alone',
    inWorld(async ({ tenants, reconciler, world }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      const requests = world.calls.length;
      await reconciler.reconcile('acme');
      await reconciler.reconcile('nobody');
      expect(world.calls.slice(requests).map(({ label }) => label)).toEqual(['get tenant#acme', 'get tenant#nobody']);
    }),
  );

  test(
    'leaves another life than the one it was called for alone',
    inWorld(async ({ tenants, reconciler, world, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const before = version(world);
      await sleep(60_000);
      await reconciler.reconcile('acme', { incarnation: 'another-life' });
      expect(version(world)).toBe(before);
      await reconciler.reconcile('acme', { incarnation: (await tenants.get('acme')).incarnation });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );

  test(
    'goes on when the caller has gone',
    inWorld(async ({ tenants, sweepFor, sleep }) => {
      const leaving = new AbortController();
      const spec = specOf('acme', { number: 1, faults: { provision: { kind: 'hang', times: 1 } } });
      const asked = tenants.provision(spec, { ...me, signal: leaving.signal });
      await sleep(1_000);
      leaving.abort(new Error('the caller went home'));
      expect(await asked).toMatchObject({ operation: { state: 'running', retries: [{ code: 'timeout' }] } });
      await sweepFor(5);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );
});
