import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import type { Simulation } from '../simulation/environment/simulation.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { inSimulation } from './trial.ts';

const me = { actor: 'alice' };

/** Returns the hash of the specification that the memory provider serves for `acme`. */
function served({ records, timeline }: Simulation): string | undefined {
  const { serving } = observe(records.get('memory/acme'), timeline.now);
  return serving && specHash(serving);
}

describe('an operation that succeeds', () => {
  test(
    'ends within its request where the provider is quick',
    inSimulation(async ({ tenants, simulation, announced }) => {
      const spec = specOf('acme', { number: 1 });
      const outcome = await tenants.provision(spec, me);
      expect(outcome).toMatchObject({
        kind: 'operation',
        operation: { type: 'provision', state: 'succeeded', attempts: 0, result: { status: 'success' } },
        tenant: { phase: 'ready', serving: { revision: 1 }, endpoints: [{ port: 80 }] },
      });
      expect(served(simulation)).toBe(specHash(spec));
      expect(await announced()).toEqual([
        { operation_id: expect.stringMatching(/^acme\..*\.1$/), detail_type: 'Tenant Provisioned' },
      ]);
    }),
  );

  test(
    'is polled with growing pauses where the provider is slow',
    inSimulation(async ({ tenants, sweeper, simulation, sleep }) => {
      const outcome = await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
      expect(outcome).toMatchObject({
        operation: { state: 'running', applied: true, message: 'the containers are starting' },
        tenant: { phase: 'provisioning', lease: undefined },
      });
      const looks: number[] = [];
      while ((await tenants.get('acme')).phase === 'provisioning') {
        const before = simulation.calls.filter(({ what }) => what === 'status').length;
        await sweeper.sweep({ waitMs: 0 });
        if (simulation.calls.filter(({ what }) => what === 'status').length > before)
          looks.push(simulation.timeline.now);
        await sleep(100);
      }
      const pauses = looks.slice(1).map((time, index) => time - (looks[index] ?? 0));
      expect(pauses.length).toBeGreaterThan(5);
      expect(pauses.length).toBeLessThan(50);
      expect(pauses.at(-2)).toBeGreaterThan(pauses[0] ?? 0);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
      expect(simulation.calls.filter(({ what }) => what === 'provision')).toHaveLength(1);
    }),
  );

  test(
    'is polled by one process under one renewed lease for as long as it may wait',
    inSimulation(async ({ tenants, reconciler, simulation }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 40_000 }), me);
      const fence = (await tenants.get('acme')).fence;
      await reconciler.reconcile('acme', { waitMs: 60_000 });
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', fence: fence + 1 });
      expect(simulation.timeline.now).toBeLessThan(Date.parse('2026-01-01T00:01:00Z'));
    }),
  );
});

describe('an operation that fails', () => {
  test(
    'keeps the old version of an update and reports it as usable',
    inSimulation(async ({ tenants, sweepFor, simulation }) => {
      const first = specOf('acme', { number: 1 });
      await tenants.provision(first, me);
      await tenants.update(specOf('acme', { number: 2, faults: { rollout: 'unhealthy' } }), me);
      await sweepFor(3);
      const tenant = await tenants.get('acme');
      expect(tenant).toMatchObject({
        phase: 'failed',
        serving: { revision: 1 },
        desired: { revision: 2 },
        operation: {
          state: 'failed',
          error: { code: 'update_failed', fault: 'provider', retryable: false, usable: true },
        },
      });
      expect(tenant.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: false, reason: 'PreviousRevisionServing' }),
      );
      expect(served(simulation)).toBe(specHash(first));
    }),
  );

  test(
    'of a provision leaves nothing usable, and a provision, an update or a destroy may follow',
    inSimulation(async ({ tenants }) => {
      const broken = specOf('acme', { number: 1, faults: { provision: 'failed' } });
      expect(await tenants.provision(broken, me)).toMatchObject({
        operation: { state: 'failed', error: { code: 'provision_failed', usable: false } },
        tenant: { phase: 'failed' },
      });
      expect(await tenants.update(specOf('acme', { number: 2 }), me)).toMatchObject({ tenant: { phase: 'ready' } });
      await tenants.destroy('acme', me);
      expect(await tenants.provision(broken, me)).toMatchObject({ tenant: { phase: 'failed' } });
      expect(await tenants.provision(specOf('acme', { number: 3 }), me)).toMatchObject({ tenant: { phase: 'ready' } });
      await tenants.destroy('acme', me);
      await tenants.provision(broken, me);
      expect(await tenants.destroy('acme', me)).toMatchObject({ tenant: { phase: 'destroyed' } });
    }),
  );

  test.each(['throw_plain', 'throw_string'])('because of an unknown error does not reveal its text (%s)', (kind) =>
    inSimulation(async ({ tenants, logger }) => {
      const spec = specOf('acme', { number: 1, faults: { provision: kind } });
      const { operation } = { operation: undefined, ...(await tenants.provision(spec, me)) };
      expect(operation).toMatchObject({ state: 'failed', error: { code: 'internal', fault: 'platform' } });
      expect(JSON.stringify(await tenants.get('acme'))).not.toMatch(/internal\.db|threw a string/);
      expect(logger.entries.find(({ message }) => message === 'operation failed')?.fields).toMatchObject({
        code: 'internal',
        error: expect.stringMatching(kind === 'throw_plain' ? /internal\.db/ : /a thrown string/),
      });
    })(),
  );

  test(
    'because its provider is not registered names those that are',
    inSimulation(async ({ tenants, another, sleep }) => {
      await tenants.provision(specOf('acme', { number: 1, provider: 'spare', inProgressMs: 5_000 }), me);
      const { sweeper } = another({ providers: ['memory'] });
      await sleep(10_000);
      await sweeper.sweep();
      expect((await tenants.get('acme')).operation).toMatchObject({
        state: 'failed',
        error: {
          code: 'provider_not_found',
          message: 'compute provider not found: "spare" (registered: memory)',
        },
      });
    }),
  );
});

describe('a destroy', () => {
  test(
    'cancels the running operation',
    inSimulation(async ({ tenants, simulation, announced }) => {
      const begun = await tenants.provision(specOf('acme', { number: 1, inProgressMs: 60_000 }), me);
      const ended = await tenants.destroy('acme', me);
      if (begun.kind !== 'operation' || ended.kind !== 'operation') throw new Error('both are operations');
      expect(ended).toMatchObject({ operation: { state: 'succeeded' }, tenant: { phase: 'destroyed' } });
      expect(await tenants.operation(begun.operation.operation_id)).toMatchObject({
        state: 'cancelled',
        error: { code: 'operation_cancelled', message: 'operation cancelled: a destroy took its place' },
      });
      expect(simulation.records.size).toBe(0);
      const types = (await announced()).map(({ detail_type }) => detail_type);
      expect(types).toEqual(['Tenant Provision Failed', 'Tenant Destroyed']);
    }),
  );

  test(
    'is noticed by the holder of the lease at its next renewal, and done by it',
    inSimulation(async ({ tenants, reconciler, simulation, sleep }) => {
      await tenants.provision(specOf('acme', { number: 1, inProgressMs: 3_600_000 }), me);
      const working = reconciler.reconcile('acme', { waitMs: 600_000 });
      await sleep(1_000);
      const accepted = await tenants.destroy('acme', me);
      expect(accepted).toMatchObject({ operation: { state: 'running' }, tenant: { phase: 'destroying' } });
      await working;
      expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed', operation: { state: 'succeeded' } });
      expect(simulation.records.size).toBe(0);
      expect(simulation.timeline.now - Date.parse('2026-01-01T00:00:00Z')).toBeLessThan(10_000);
    }),
  );

  test(
    'is retried forever',
    inSimulation(async ({ tenants, sweepFor }) => {
      await tenants.provision(specOf('acme', { number: 1, faults: { destroy: { kind: 'failed', times: 40 } } }), me);
      await tenants.destroy('acme', me);
      await sweepFor(1_500);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed', operation: { attempts: 40 } });
    }),
  );

  test(
    'waits until its provider is registered again',
    inSimulation(async ({ tenants, another, sweepFor, simulation }) => {
      await tenants.provision(specOf('acme', { number: 1, provider: 'spare' }), me);
      const elsewhere = another({ providers: ['memory'] });
      await elsewhere.tenants.destroy('acme', me);
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'destroying',
        operation: { state: 'running', retries: [{ code: 'provider_not_found' }] },
      });
      await sweepFor(5);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
      expect(simulation.records.size).toBe(0);
    }),
  );
});
