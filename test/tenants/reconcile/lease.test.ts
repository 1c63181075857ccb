import { describe, expect, test } from 'vitest';
import { specOf } from '../simulation/programs/specs.ts';
import { inSimulation, refusal } from './trial.ts';

const me = { actor: 'alice' };
const slow = { number: 1, inProgressMs: 30_000 };
const version = ({ items }: { items: Map<string, { version?: number | undefined }> }) =>
  items.get('tenant#acme\nacme')?.version;

describe('a lease', () => {
  test(
    'excludes other workers, and is renewed while work goes on',
    inSimulation(async ({ tenants, reconciler, another, simulation, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const working = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      const { fence } = await tenants.get('acme');
      const other = another();
      for (let seconds = 0; seconds < 25; seconds += 1) {
        const before = version(simulation);
        const requests = simulation.calls.length;
        await other.reconciler.reconcile('acme');
        expect(version(simulation)).toBe(before);
        expect(simulation.calls.slice(requests).map(({ what }) => what)).toEqual(['get']);
        await sleep(990);
      }
      await working;
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', fence });
    }),
  );

  test(
    'is given back when the work is done, and when the time to wait is over',
    inSimulation(async ({ tenants }) => {
      const waiting = await tenants.provision(specOf('acme', slow), me);
      expect(waiting).toMatchObject({ tenant: { lease: undefined, next_at: expect.any(String) } });
      const done = await tenants.provision(specOf('globex', { number: 1 }), me);
      expect(done).toMatchObject({ tenant: { lease: undefined, next_at: undefined } });
    }),
  );

  test(
    'of a killed process expires, and another process continues with a higher fence',
    inSimulation(async ({ tenants, reconciler, process, another, sleep }) => {
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
    'that was last renewed by a dead process is void to the only process',
    inSimulation(async ({ tenants, reconciler, process, another, simulation, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      void reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.kill();
      const other = another();
      await other.reconciler.reconcile('acme', { waitMs: 60_000, exclusiveSince: simulation.timeline.now });
      expect(await other.tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );
});

describe('a holder that slept through its lease', () => {
  test(
    'writes nothing when it wakes',
    inSimulation(async ({ tenants, reconciler, process, another, simulation, sleep, logger, announced }) => {
      await tenants.provision(specOf('acme', slow), me);
      const sleeping = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.pause(120_000);
      await sleep(20_000);
      const other = another();
      await other.reconciler.reconcile('acme', { waitMs: 60_000 });
      const before = simulation.items.get('tenant#acme\nacme');
      expect(await other.tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
      await sleeping;
      await sleep(60_000);
      expect(simulation.items.get('tenant#acme\nacme')).toEqual(before);
      expect(await announced()).toHaveLength(1);
      expect(logger.entries.map(({ message }) => message)).toContain('lease lost');
    }),
  );

  test(
    'changes nothing of a new life that began meanwhile',
    inSimulation(async ({ tenants, reconciler, process, another, simulation, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const sleeping = reconciler.reconcile('acme', { waitMs: 60_000 });
      await sleep(100);
      process.pause(120_000);
      await sleep(20_000);
      const other = another();
      await other.tenants.destroy('acme', me);
      const again = await other.tenants.provision(specOf('acme', { number: 2 }), me);
      expect(again).toMatchObject({ tenant: { phase: 'ready', desired: { revision: 2 } } });
      const before = simulation.items.get('tenant#acme\nacme');
      await sleeping;
      await sleep(60_000);
      expect(simulation.items.get('tenant#acme\nacme')).toEqual(before);
    }),
  );

  test.each([300_000, -300_000])(
    'is taken over by a process whose clock is %i ms off, and the operation still ends once',
    (skewMs) =>
      inSimulation(async ({ tenants, reconciler, another, simulation, sleep, announced }) => {
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
        expect(simulation.ledger.violations).toEqual([]);
        expect(new Set((await announced()).map(({ operation_id }) => operation_id)).size).toBe(1);
      })(),
  );
});

describe('reconciling', () => {
  test(
    'reads a tenant without work once and changes nothing',
    inSimulation(async ({ tenants, reconciler, simulation }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      const requests = simulation.calls.length;
      await reconciler.reconcile('acme');
      await reconciler.reconcile('absent');
      expect(simulation.calls.slice(requests).map(({ label }) => label)).toEqual([
        'get tenant#acme',
        'get tenant#absent',
      ]);
    }),
  );

  test(
    'changes nothing where the tenant is in another life',
    inSimulation(async ({ tenants, reconciler, simulation, sleep }) => {
      await tenants.provision(specOf('acme', slow), me);
      const before = version(simulation);
      await sleep(60_000);
      await reconciler.reconcile('acme', { incarnation: 'another-life' });
      expect(version(simulation)).toBe(before);
      await reconciler.reconcile('acme', { incarnation: (await tenants.get('acme')).incarnation });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
    }),
  );

  test(
    'goes on after its caller left',
    inSimulation(async ({ tenants, sweepFor, sleep }) => {
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

describe('a clock that was ahead', () => {
  const DAY = 24 * 3600_000;

  test.each([3600_000, DAY])('by %i ms leaves no lease and no pause behind that holds for as long', async (skewMs) => {
    await inSimulation(async ({ another, sleep, sweeper, tenants }) => {
      const ahead = another({ skewMs });
      await ahead.tenants.provision(specOf('acme', slow), me);
      void ahead.reconciler.reconcile('acme', { waitMs: 60_000 });
      await ahead.tenants.provision(specOf('globex', slow), me);
      await sleep(100);
      ahead.process.kill();
      for (let second = 0; second < 30; second += 1) {
        await sleep(1_000);
        await sweeper.sweep({ waitMs: 0 });
      }
      for (const id of ['acme', 'globex']) expect(await tenants.get(id)).toMatchObject({ phase: 'ready' });
    })();
  });

  test.each([3600_000, DAY])('by %i ms makes no later request stale, and holds no request up', async (skewMs) => {
    await inSimulation(async ({ another, tenants, simulation }) => {
      const ahead = another({ skewMs });
      void ahead.tenants.provision(specOf('acme', slow), me);
      await simulation.timeline.sleep(100);
      ahead.process.kill();
      const requestedAt = new Date(simulation.timeline.now).toISOString();
      expect(await tenants.destroy('acme', { ...me, requestedAt })).toMatchObject({
        operation: { state: 'succeeded' },
      });
      const earlier = new Date(simulation.timeline.now - 60_000).toISOString();
      expect(await refusal(tenants.destroy('acme', { ...me, requestedAt: earlier }))).toBe('stale_request');
    })();
  });

  test('by a day leaves no schedule of inventories and no rate behind that holds for as long', async () => {
    await inSimulation(async ({ another, inventorySchedule, reconciler }) => {
      const ahead = another({ skewMs: DAY });
      const slot = { at: ahead.process.clock.now() };
      expect(await ahead.inventorySchedule.runIfDue('memory')).toMatchObject({ provider: 'memory' });
      expect(await inventorySchedule.runIfDue('memory')).toMatchObject({ provider: 'memory' });
      expect(await inventorySchedule.runIfDue('memory')).toBeUndefined();
      await ahead.reconciler.rateLimiter.reportThrottled('memory', 'change', slot);
      reconciler.rateLimiter.learn('memory', { version: 0, kinds: {} });
      await reconciler.rateLimiter.reportThrottled('memory', 'change', { at: reconciler.clock.now() });
      const slots = await reconciler.rateLimiter.takeSlots('memory', 'change', { wanted: 1 });
      expect(slots[0]?.at).toBeLessThan(reconciler.clock.now() + 5_000);
    })();
  });
});
