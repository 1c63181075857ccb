import { describe, expect, test } from 'vitest';
import { enqueued, workKeysOf } from '../../../src/tenants/rate/waiting-queue.ts';
import { aTenant } from '../../support/tenants.ts';
import { inWorld, type Trial } from '../reconcile/trial.ts';
import { specOf } from '../simulation/specs.ts';

const me = { actor: 'somebody' };

/** Lets the provider of `acme` throttle, so that there are no turns to be had for a while. */
async function throttle({ tenants, reconciler }: Pick<Trial, 'tenants' | 'reconciler'>) {
  const spec = specOf('first', { number: 1, faults: { provision: { kind: 'throttled', times: 1 } } });
  await tenants.provision(spec, me);
  await reconciler.rateLimiter.takeSlots(spec.provider_type, 'change', { wanted: 1000 });
}

test('who asked first is before who asked later, also where it came into line after that one', () => {
  const standing = (asked: string, came: string) =>
    workKeysOf(enqueued(aTenant({ now: asked }), came, { backend: 'ecs', firstTry: true }));
  const first = standing('2026-11-24T00:00:01.000Z', '2026-11-24T00:01:00.000Z');
  const second = standing('2026-11-24T00:00:02.000Z', '2026-11-24T00:00:02.000Z');
  expect(first.work).toBe(second.work);
  expect(first.work_at < second.work_at).toBe(true);
});

describe('a tenant whose provider throttles', () => {
  test(
    'is recorded and waits in line: nobody holds it, and the provider is not called',
    inWorld(async (trial) => {
      const { tenants, world } = trial;
      await throttle(trial);
      const before = world.calls.length;
      const outcome = await tenants.provision(specOf('acme', { number: 1 }), me);
      expect(outcome).toMatchObject({ operation: { state: 'running', attempts: 0, queued_at: expect.any(String) } });
      expect(world.calls.slice(before).filter(({ what }) => what === 'provision')).toEqual([]);
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
    'comes up when its turn comes, and then is out of the line',
    inWorld(async (trial) => {
      await throttle(trial);
      await trial.tenants.provision(specOf('acme', { number: 1 }), me);
      await trial.sweepFor(20);
      const tenant = await trial.tenants.get('acme');
      expect(tenant).toMatchObject({ phase: 'ready', operation: { attempts: 0 } });
      expect(tenant).not.toHaveProperty('waiting');
    }),
  );

  test(
    'does not fail for having waited longer than its operation has time',
    inWorld(
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
    'can be destroyed while it waits, at once',
    inWorld(async (trial) => {
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
    'is taken up by one sweeper only, however many there are',
    inWorld(async (trial) => {
      const { tenants, world, another, sleep } = trial;
      await throttle(trial);
      for (let n = 0; n < 12; n += 1) await tenants.provision(specOf(`tenant-${n}`, { number: 1 }), me);
      const others = [another(), another(), another()];
      for (let second = 0; second < 30; second += 1) {
        await Promise.all(others.map(({ sweeper }) => sweeper.sweep({ waitMs: 0 })));
        await sleep(1_000);
      }
      for (let n = 0; n < 12; n += 1) expect((await tenants.get(`tenant-${n}`)).phase).toBe('ready');
      const provisions = world.calls.filter(
        ({ what, tenant }) => what === 'provision' && tenant?.startsWith('tenant-'),
      );
      expect(provisions).toHaveLength(12);
    }),
  );

  test(
    'waits its turn also after the one who queued it was killed',
    inWorld(async (trial) => {
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
