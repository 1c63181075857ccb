import { describe, expect, test } from 'vitest';
import { enqueued, workKeysOf } from '../../../src/tenants/rate/waiting-queue.ts';
import { aTenant } from '../../support/tenants.ts';
import { inSimulation, type Trial } from '../reconcile/trial.ts';
import { specOf } from '../simulation/programs/specs.ts';

const me = { actor: 'alice' };

/** Makes the provider of `acme` throttle, so that no slots are free for a while. */
async function throttle({ tenants, reconciler }: Pick<Trial, 'tenants' | 'reconciler'>) {
  const spec = specOf('first', { number: 1, faults: { provision: { kind: 'throttled', times: 1 } } });
  await tenants.provision(spec, me);
  await reconciler.rateLimiter.takeSlots(spec.provider_type, 'change', { wanted: 1000 });
}

test('an earlier request is before a later one, even if it was queued after that', () => {
  const keysOf = (asked: string, came: string) =>
    workKeysOf(enqueued(aTenant({ now: asked }), came, { backend: 'ecs', firstTry: true }));
  const first = keysOf('2026-11-24T00:00:01.000Z', '2026-11-24T00:01:00.000Z');
  const second = keysOf('2026-11-24T00:00:02.000Z', '2026-11-24T00:00:02.000Z');
  expect(first.work).toBe(second.work);
  expect(first.work_at < second.work_at).toBe(true);
});

describe('a tenant whose provider throttles', () => {
  test(
    'is recorded and queued, without a lease and without a call of the provider',
    inSimulation(async (trial) => {
      const { tenants, simulation } = trial;
      await throttle(trial);
      const before = simulation.calls.length;
      const outcome = await tenants.provision(specOf('acme', { number: 1 }), me);
      expect(outcome).toMatchObject({ operation: { state: 'running', attempts: 0, queued_at: expect.any(String) } });
      expect(simulation.calls.slice(before).filter(({ what }) => what === 'provision')).toEqual([]);
      const tenant = await tenants.get('acme');
      expect(tenant).toMatchObject({ waiting: { queue: 'provision', first_try: true } });
      expect(tenant).not.toHaveProperty('lease');
      expect(tenant.operation.message).toMatch(/^waiting: memory accepts no more calls/);
      expect(tenant.conditions).toContainEqual(
        expect.objectContaining({ type: 'Progressing', message: expect.stringMatching(/^waiting: memory accepts/) }),
      );
    }),
  );

  test(
    'is admitted when its slot is due, leaves the queue, and is work for a sweep until then',
    inSimulation(async (trial) => {
      await throttle(trial);
      await trial.tenants.provision(specOf('acme', { number: 1 }), me);
      expect(await trial.sweeper.hasWork(trial.simulation.timeline.now)).toBe(true);
      await trial.sweepFor(20);
      expect(await trial.sweeper.hasWork(trial.simulation.timeline.now + 60_000)).toBe(false);
      const tenant = await trial.tenants.get('acme');
      expect(tenant).toMatchObject({ phase: 'ready', operation: { attempts: 0 } });
      expect(tenant).not.toHaveProperty('waiting');
    }),
  );

  test(
    'does not fail where it waits longer than its operation has time',
    inSimulation(
      async (trial) => {
        await throttle(trial);
        await trial.tenants.provision(specOf('acme', { number: 1, inProgressMs: 3_000 }), me);
        await trial.sleep(60_000);
        await trial.sweepFor(40);
        expect(await trial.tenants.get('acme')).toMatchObject({ phase: 'ready' });
      },
      { deadlineMs: 10_000 },
    ),
  );

  test(
    'can be destroyed at once while it waits',
    inSimulation(async (trial) => {
      await throttle(trial);
      await trial.tenants.provision(specOf('acme', { number: 1 }), me);
      expect(await trial.tenants.destroy('acme', me)).toMatchObject({ operation: { state: 'succeeded' } });
      const tenant = await trial.tenants.get('acme');
      expect(tenant.phase).toBe('destroyed');
      expect(tenant).not.toHaveProperty('waiting');
      await trial.sweepFor(20);
      expect((await trial.tenants.get('acme')).phase).toBe('destroyed');
    }),
  );

  test(
    'is admitted by one of many sweepers only',
    inSimulation(async (trial) => {
      const { tenants, simulation, another, sleep } = trial;
      await throttle(trial);
      for (let n = 0; n < 12; n += 1) await tenants.provision(specOf(`tenant-${n}`, { number: 1 }), me);
      const others = [another(), another(), another()];
      for (let second = 0; second < 30; second += 1) {
        await Promise.all(others.map(({ sweeper }) => sweeper.sweep({ waitMs: 0 })));
        await sleep(1_000);
      }
      for (let n = 0; n < 12; n += 1) expect((await tenants.get(`tenant-${n}`)).phase).toBe('ready');
      const provisions = simulation.calls.filter(
        ({ what, tenant }) => what === 'provision' && tenant?.startsWith('tenant-'),
      );
      expect(provisions).toHaveLength(12);
    }),
  );

  test(
    'is admitted even after the process that queued it was killed',
    inSimulation(async (trial) => {
      await throttle(trial);
      await trial.tenants.provision(specOf('acme', { number: 1 }), me);
      trial.process.kill();
      const { sweeper, tenants } = trial.another();
      for (let second = 0; second < 30; second += 1) {
        await sweeper.sweep({ waitMs: 0 });
        await trial.sleep(1_000);
      }
      expect((await tenants.get('acme')).phase).toBe('ready');
    }),
  );
});
