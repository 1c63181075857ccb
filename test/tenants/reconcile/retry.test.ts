import { describe, expect, test } from 'vitest';
import { ThrottledError } from '../../../src/compute/errors.ts';
import { retryMs } from '../../../src/tenants/reconcile/backoff.ts';
import { specOf } from '../simulation/programs/specs.ts';
import { failing, inSimulation } from './trial.ts';

const me = { actor: 'alice' };

const throttled = (times?: number) =>
  specOf('acme', { number: 1, faults: { provision: times ? { kind: 'throttled', times } : 'throttled' } });

describe('a try that fails', () => {
  test(
    'is followed by another after a pause, and the operation shows each',
    inSimulation(async ({ tenants, sweepFor }) => {
      const outcome = await tenants.provision(throttled(2), me);
      expect(outcome).toMatchObject({
        operation: {
          state: 'running',
          attempts: 1,
          retries: [{ code: 'throttled', message: expect.stringContaining('asked to refuse provision') }],
        },
      });
      const { conditions, next_at = '', operation } = await tenants.get('acme');
      expect(conditions).toContainEqual(
        expect.objectContaining({ type: 'Progressing', status: true, reason: 'Retrying' }),
      );
      expect(Date.parse(next_at)).toBeGreaterThanOrEqual(Date.parse(operation.retries[0]?.next_at ?? ''));
      await sweepFor(5);
      expect(await tenants.get('acme')).toMatchObject({
        phase: 'ready',
        operation: { state: 'succeeded', attempts: 2, retries: [{}, {}] },
      });
    }),
  );

  test(
    'waits at least as long as the provider asks',
    inSimulation(async ({ tenants, sweepFor, simulation }) => {
      const busy = { provision: { kind: 'throttled', times: 1, retry_after_ms: 60_000 } };
      await tenants.provision(specOf('acme', { number: 1, faults: busy }), me);
      const { at = '', next_at = '' } = (await tenants.get('acme')).operation.retries[0] ?? {};
      expect(Date.parse(next_at) - Date.parse(at)).toBeGreaterThanOrEqual(60_000);
      await sweepFor(55);
      expect(simulation.calls.filter(({ what }) => what === 'provision')).toHaveLength(1);
      await sweepFor(10);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { attempts: 1 } });
    }),
  );

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12])(
    'waits five minutes at most when the provider asks for %d ms',
    (retryAfterMs) => {
      const pause = retryMs(new ThrottledError('busy', { retryAfterMs }), 1, () => 0);
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(300_000);
    },
  );

  test(
    'is not followed by another before the pause is over',
    inSimulation(async ({ tenants, sweeper, sleep, simulation }) => {
      await tenants.provision(throttled(), me);
      const provisions = () => simulation.calls.filter(({ what }) => what === 'provision').length;
      for (let tries = 0; tries < 200; tries += 1) {
        const { next_at = '', operation } = await tenants.get('acme');
        const before = provisions();
        await sweeper.sweep({ waitMs: 0 });
        const early = simulation.timeline.now < Date.parse(next_at);
        if (early) expect(provisions(), `${operation.attempts} tries, due at ${next_at}`).toBe(before);
        await sleep(100);
      }
      expect(provisions()).toBeGreaterThan(5);
    }),
  );

  test(
    'is kept with the nine before it, and all are counted',
    inSimulation(async ({ tenants, sweepFor }) => {
      await tenants.provision(throttled(14), me);
      await sweepFor(240);
      const { operation } = await tenants.get('acme');
      expect(operation).toMatchObject({ state: 'succeeded', attempts: 14 });
      expect(operation.retries).toHaveLength(10);
    }),
  );
});

describe('the deadline of an operation', () => {
  test(
    'ends the retries while the provider keeps failing',
    inSimulation(
      async ({ tenants, sweepFor }) => {
        await tenants.provision(throttled(), me);
        await sweepFor(120);
        expect(await tenants.get('acme')).toMatchObject({
          phase: 'failed',
          operation: { state: 'failed', error: { code: 'throttled', retryable: true, usable: false } },
        });
      },
      { deadlineMs: 30_000 },
    ),
  );

  test(
    'ends the wait for work that does not end, and says what it waited for',
    inSimulation(
      async ({ tenants, sweepFor }) => {
        await tenants.provision(specOf('acme', { number: 1, inProgressMs: 3_600_000 }), me);
        await sweepFor(60);
        expect(await tenants.get('acme')).toMatchObject({
          phase: 'failed',
          operation: {
            error: {
              code: 'timeout',
              retryable: false,
              message: expect.stringMatching(
                /^timed out: provision of tenant acme after 3\d s: waiting: web is starting/,
              ),
            },
          },
        });
      },
      { deadlineMs: 30_000 },
    ),
  );

  test(
    'does not exist for a destroy',
    inSimulation(
      async ({ tenants, sweepFor }) => {
        await tenants.provision(specOf('acme', { number: 1, faults: { destroy: { kind: 'error', times: 12 } } }), me);
        await tenants.destroy('acme', me);
        await sweepFor(200);
        expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed', operation: { attempts: 12 } });
      },
      { deadlineMs: 1_000 },
    ),
  );
});

describe('an announcement', () => {
  test(
    'that is refused is published again, and delays neither the caller nor the tenant',
    inSimulation(
      async ({ simulation, tenants, announced, logger }) => {
        const outcome = await tenants.provision(specOf('acme', { number: 1 }), me);
        expect(outcome).toMatchObject({ operation: { state: 'succeeded' }, tenant: { phase: 'ready' } });
        expect(simulation.announced).toEqual([]);
        const tenant = await tenants.get('acme');
        expect(tenant).not.toHaveProperty('lease');
        expect(tenant).not.toHaveProperty('next_at');
        expect(await announced()).toEqual([{ operation_id: expect.any(String), detail_type: 'Tenant Provisioned' }]);
        expect(logger.entries.filter(({ message }) => message === 'announcement failed')).toHaveLength(3);
      },
      { weather: failing('F15', ({ to }) => to === 'consumer', { times: 3 }) },
    ),
  );

  test(
    'is not lost where the tenant begins a new life before it',
    inSimulation(
      async ({ simulation, tenants, announced }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        await tenants.destroy('acme', me);
        await tenants.provision(specOf('acme', { number: 2 }), me);
        expect(simulation.announced).toEqual([]);
        const told = await announced();
        expect(told.map(({ detail_type }) => detail_type)).toEqual([
          'Tenant Provisioned',
          'Tenant Destroyed',
          'Tenant Provisioned',
        ]);
        const ids = told.map(({ operation_id }) => operation_id);
        expect(new Set(ids)).toEqual(new Set(simulation.ledger.ended.keys()));
      },
      { weather: failing('F15', ({ to }) => to === 'consumer', { times: 5 }) },
    ),
  );
});

test(
  'a failure of the table after the request was recorded is hidden from the caller, and a sweep continues',
  inSimulation(
    async ({ tenants, sweepFor, logger }) => {
      const outcome = await tenants.provision(specOf('acme', { number: 1 }), me);
      expect(outcome).toMatchObject({ operation: { state: 'running' } });
      expect(logger.entries.find(({ message }) => message === 'work interrupted')?.fields).toMatchObject({
        tenant_id: 'acme',
        error: 'throttled: the tenants table',
      });
      await sweepFor(20);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { state: 'succeeded' } });
    },
    { weather: failing('F51', ({ what }) => what === 'put', { after: 1 }) },
  ),
);
