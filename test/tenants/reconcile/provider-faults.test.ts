import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { specOf, type Version } from '../simulation/programs/specs.ts';
import { failing, inSimulation } from './trial.ts';

const me = { actor: 'alice' };

function expectServes({ records, timeline }: Simulation, version: Version): void {
  const { serving } = observe(records.get('memory/acme'), timeline.now);
  expect(serving && specHash(serving)).toBe(specHash(specOf('acme', version)));
}

/** Requests a version while the provider fails a few times in some way, and expects it to serve in the end. */
function recovers(faults: Record<string, unknown>, retries: string[], more: Partial<Version> = {}) {
  return inSimulation(async ({ tenants, sweepFor, simulation, announced }) => {
    const version = { number: 1, faults, ...more };
    await tenants.provision(specOf('acme', version), me);
    await sweepFor(120);
    const { operation } = await tenants.get('acme');
    expect(operation).toMatchObject({ state: 'succeeded', attempts: retries.length });
    expect(operation.retries.map(({ code }) => code)).toEqual(retries);
    expectServes(simulation, version);
    expect(simulation.ledger.creations.get('memory/acme')).toBe(1);
    expect(await announced()).toHaveLength(1);
  });
}

describe('a provider', () => {
  test(
    'that throttles is called again, and the operation shows each retry (F20)',
    recovers({ provision: { kind: 'throttled', times: 3, retry_after_ms: 50 } }, [
      'throttled',
      'throttled',
      'throttled',
    ]),
  );

  test(
    'that breaks down is called again (F21)',
    recovers({ provision: { kind: 'error', times: 2 } }, ['provider_failed', 'provider_failed']),
  );

  test.each(['provision', 'status'] as const)(
    'whose credentials expire is called again with new ones (F33, at %s)',
    (method) =>
      inSimulation(
        async ({ tenants, sweepFor, simulation }) => {
          const version = { number: 1, inProgressMs: 8_000 };
          await tenants.provision(specOf('acme', version), me);
          await sweepFor(40);
          const { operation } = await tenants.get('acme');
          expect(operation).toMatchObject({ state: 'succeeded', attempts: 2 });
          expect(operation.retries.map(({ message }) => message)).toEqual(
            Array(2).fill('compute provider failed: the credentials expired: ExpiredTokenException'),
          );
          expectServes(simulation, version);
          expect(simulation.ledger.creations.get('memory/acme')).toBe(1);
        },
        { weather: failing('F33', ({ what }) => what === method, { times: 2 }) },
      )(),
  );

  test(
    'that made the change and did not answer is not called twice (F22)',
    recovers({ provision: { kind: 'timeout_after_effect', times: 1 } }, ['timeout']),
  );

  test(
    'that shows what it created only after a while is waited for (F23)',
    recovers({ provision: { kind: 'invisible', times: 3 } }, [], { inProgressMs: 2_000 }),
  );

  test(
    'that hangs and obeys its signal is called again (F35)',
    recovers({ provision: { kind: 'hang', times: 1 } }, ['timeout']),
  );

  test(
    'that hangs and ignores its signal is called again (F35)',
    recovers({ provision: { kind: 'hang_deaf', times: 1 } }, ['timeout']),
  );

  test(
    'that made a part of the change and failed is completed (F24)',
    inSimulation(
      async ({ tenants, sweepFor, simulation }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        expect(simulation.records.get('memory/acme')?.rollout?.spec.containers).toHaveLength(1);
        await sweepFor(30);
        const { operation } = await tenants.get('acme');
        expect(operation).toMatchObject({ state: 'succeeded', retries: [{ code: 'provider_failed' }] });
        expectServes(simulation, { number: 1 });
      },
      { weather: failing('F24', ({ what }) => what === 'provision') },
    ),
  );

  test.each(['provision', 'status'])(
    'that gives an invalid answer fails the operation, and the next request uses what it created (F34, %s)',
    (method) =>
      inSimulation(async ({ tenants, sweepFor, simulation }) => {
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
        expectServes(simulation, version);
        expect(simulation.ledger.creations.get('memory/acme')).toBe(1);
      })(),
  );

  test(
    'whose new version never gets healthy keeps the old one (F28)',
    inSimulation(async ({ tenants, sweepFor, simulation }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      const broken = specOf('acme', { number: 2, inProgressMs: 5_000, faults: { rollout: 'unhealthy' } });
      await tenants.update(broken, me);
      await sweepFor(15);
      expect((await tenants.get('acme')).operation).toMatchObject({
        state: 'failed',
        attempts: 1,
        error: { code: 'update_failed', usable: true, message: expect.stringContaining('did not get healthy') },
      });
      expectServes(simulation, { number: 1 });
    }),
  );

  test(
    'that provisions late, after a destroy, leaves an orphan that stays on record until its removal (F35)',
    inSimulation(
      async ({ tenants, inventoryOf, simulation, sleep, sweepFor }) => {
        const provisioning = tenants.provision(specOf('acme', { number: 1 }), me);
        await sleep(5_000);
        await Promise.all([provisioning, tenants.destroy('acme', me)]);
        await sweepFor(30);
        expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
        expect(simulation.records.size).toBe(0);
        await sleep(200_000);
        expect(simulation.records.size).toBe(1);
        expect(await inventoryOf('memory')).toMatchObject({ orphans: ['acme'], removed: [] });
        await tenants.removeOrphan('memory', 'acme', me);
        expect(simulation.records.size).toBe(0);
      },
      { weather: failing('F35', ({ what }) => what === 'provision') },
    ),
  );

  test(
    'that makes an old update late, after a new one, is corrected by the inventory (F35)',
    inSimulation(
      async ({ tenants, inventoryOf, simulation, sleep, sweepFor }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        void tenants.update(specOf('acme', { number: 2 }), me);
        await sleep(61_000);
        await sweepFor(5);
        await tenants.update(specOf('acme', { number: 3 }), me);
        await sleep(200_000);
        expectServes(simulation, { number: 2 });
        expect(await inventoryOf('memory')).toMatchObject({ healed: ['acme'] });
        await sweepFor(5);
        expectServes(simulation, { number: 3 });
      },
      { weather: failing('F35', ({ what }) => what === 'update') },
    ),
  );

  test(
    'that lost a tenant by hand gets it back, and the operation names its actor (F30)',
    inSimulation(async ({ tenants, inventoryOf, simulation, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1 }), me);
      simulation.records.clear();
      await inventoryOf('memory');
      await sweepFor(5);
      expectServes(simulation, { number: 1 });
      expect((await tenants.operations('acme')).map(({ type, state, actor }) => [type, state, actor])).toEqual([
        ['heal', 'succeeded', 'berth:inventory'],
        ['provision', 'succeeded', 'alice'],
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
    inSimulation(async ({ tenants, simulation, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1, faults: { destroy: { kind, times: 2 } } }), me);
      await tenants.destroy('acme', me);
      await sweepFor(90);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed', operation: { state: 'succeeded' } });
      expect(simulation.records.size).toBe(0);
    })(),
  );
});
