import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import { specOf, type Version } from '../simulation/specs.ts';
import type { World } from '../simulation/world.ts';
import { failing, inWorld } from './trial.ts';

const me = { actor: 'somebody' };

function expectServes({ records, timeline }: World, version: Version): void {
  const { serving } = observe(records.get('memory/acme'), timeline.now);
  expect(serving && specHash(serving)).toBe(specHash(specOf('acme', version)));
}

/** Asks for a version whose provider fails in some way a few times, and expects it to be there in the end. */
function recovers(faults: Record<string, unknown>, retries: string[], more: Partial<Version> = {}) {
  return inWorld(async ({ tenants, sweepFor, world, announced }) => {
    const version = { number: 1, faults, ...more };
    await tenants.provision(specOf('acme', version), me);
    await sweepFor(120);
    const { operation } = await tenants.get('acme');
    expect(operation).toMatchObject({ state: 'succeeded', attempts: retries.length });
    expect(operation.retries.map(({ code }) => code)).toEqual(retries);
    expectServes(world, version);
    expect(world.ledger.creations.get('memory/acme')).toBe(1);
    expect(await announced()).toHaveLength(1);
  });
}

describe('a provider', () => {
  test(
    'that throttles is asked again, and the operation shows each time (F20)',
    recovers({ provision: { kind: 'throttled', times: 3, retry_after_ms: 50 } }, [
      'throttled',
      'throttled',
      'throttled',
    ]),
  );

  test(
    'that breaks down is asked again (F21)',
    recovers({ provision: { kind: 'error', times: 2 } }, ['provider_failed', 'provider_failed']),
  );

  test.each(['provision', 'status'] as const)(
    'whose credentials end in the middle is asked again with new ones (F33, at %s)',
    (method) =>
      inWorld(
        async ({ tenants, sweepFor, world }) => {
          const version = { number: 1, inProgressMs: 8_000 };
          await tenants.provision(specOf('acme', version), me);
          await sweepFor(40);
          const { operation } = await tenants.get('acme');
          expect(operation).toMatchObject({ state: 'succeeded', attempts: 2 });
          expect(operation.retries.map(({ message }) => message)).toEqual(
            Array(2).fill('compute provider failed: the credentials ended: ExpiredTokenException'),
          );
          expectServes(world, version);
          expect(world.ledger.creations.get('memory/acme')).toBe(1);
        },
        { weather: failing('F33', ({ what }) => what === method, { times: 2 }) },
      )(),
  );

  test(
    'that did what it was asked, and did not answer, is not asked twice (F22)',
    recovers({ provision: { kind: 'timeout_after_effect', times: 1 } }, ['timeout']),
  );

  test(
    'that shows what it made only after a while is waited for (F23)',
    recovers({ provision: { kind: 'invisible', times: 3 } }, [], { inProgressMs: 2_000 }),
  );

  test(
    'that hangs, and stops when it is told to, is left and asked again (F35)',
    recovers({ provision: { kind: 'hang', times: 1 } }, ['timeout']),
  );

  test(
    'that hangs, and does not listen, is left and asked again (F35)',
    recovers({ provision: { kind: 'hang_deaf', times: 1 } }, ['timeout']),
  );

  test(
    'that made a part of it, and failed, is brought to the whole (F24)',
    inWorld(
      async ({ tenants, sweepFor, world }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        expect(world.records.get('memory/acme')?.rollout?.spec.containers).toHaveLength(1);
        await sweepFor(30);
        const { operation } = await tenants.get('acme');
        expect(operation).toMatchObject({ state: 'succeeded', retries: [{ code: 'provider_failed' }] });
        expectServes(world, { number: 1 });
      },
      { weather: failing('F24', ({ what }) => what === 'provision') },
    ),
  );

  test.each(['provision', 'status'])(
    'that answers what makes no sense is not believed, and what it made is taken up by the next request (F34, %s)',
    (method) =>
      inWorld(async ({ tenants, sweepFor, world }) => {
        const version = { number: 1, inProgressMs: 2_000, faults: { [method]: { kind: 'garbage', times: 1 } } };
        await tenants.provision(specOf('acme', version), me);
        await sweepFor(5);
        expect(await tenants.get('acme')).toMatchObject({
          phase: 'failed',
          operation: { error: { code: 'provider_failed', fault: 'provider', retryable: false } },
        });
        await tenants.provision(specOf('acme', version), me);
        await sweepFor(5);
        expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
        expectServes(world, version);
        expect(world.ledger.creations.get('memory/acme')).toBe(1);
      })(),
  );

  test(
    'whose new version never gets healthy goes on with the old one (F28)',
    inWorld(async ({ tenants, sweepFor, world }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      const broken = specOf('acme', { number: 2, inProgressMs: 5_000, faults: { rollout: 'unhealthy' } });
      await tenants.update(broken, me);
      await sweepFor(15);
      expect((await tenants.get('acme')).operation).toMatchObject({
        state: 'failed',
        attempts: 0,
        error: { code: 'update_failed', usable: true, message: expect.stringContaining('did not get healthy') },
      });
      expectServes(world, { number: 1 });
    }),
  );

  test(
    'that does late what it was asked, after a destroy, leaves what the inventory finds and removes (F35)',
    inWorld(
      async ({ tenants, take, world, sleep, sweepFor }) => {
        const provisioning = tenants.provision(specOf('acme', { number: 1 }), me);
        await sleep(5_000);
        await Promise.all([provisioning, tenants.destroy('acme', me)]);
        await sweepFor(30);
        expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
        expect(world.records.size).toBe(0);
        await sleep(200_000);
        expect(world.records.size).toBe(1);
        await take('memory');
        await sleep(31_000);
        expect(await take('memory')).toMatchObject({ removed: ['acme'] });
        expect(world.records.size).toBe(0);
      },
      { weather: failing('F35', ({ what }) => what === 'provision') },
    ),
  );

  test(
    'that does an old update late, after a new one, is put right by the inventory (F35)',
    inWorld(
      async ({ tenants, take, world, sleep, sweepFor }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        void tenants.update(specOf('acme', { number: 2 }), me);
        await sleep(61_000);
        await sweepFor(5);
        await tenants.update(specOf('acme', { number: 3 }), me);
        await sleep(200_000);
        expectServes(world, { number: 2 });
        expect(await take('memory')).toMatchObject({ healed: ['acme'] });
        await sweepFor(5);
        expectServes(world, { number: 3 });
      },
      { weather: failing('F35', ({ what }) => what === 'update') },
    ),
  );

  test(
    'from which somebody removed a tenant by hand gets it back, and everybody can read who did it (F30)',
    inWorld(async ({ tenants, take, world, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      world.records.clear();
      await take('memory');
      await sweepFor(5);
      expectServes(world, { number: 1 });
      expect((await tenants.operations('acme')).map(({ type, state, actor }) => [type, state, actor])).toEqual([
        ['heal', 'succeeded', 'berth:inventory'],
        ['provision', 'succeeded', 'somebody'],
      ]);
    }),
  );

  test.each([
    'throttled',
    'error',
    'timeout_after_effect',
    'hang',
    'hang_deaf',
    'throw_plain',
    'throw_string',
    'failed',
  ])('that fails to destroy is asked until it has (%s)', (kind) =>
    inWorld(async ({ tenants, world, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1, faults: { destroy: { kind, times: 2 } } }), me);
      await tenants.destroy('acme', me);
      await sweepFor(90);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed', operation: { state: 'succeeded' } });
      expect(world.records.size).toBe(0);
    })(),
  );
});
