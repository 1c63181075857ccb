import { describe, expect, test } from 'vitest';
import { ThrottledError } from '../../../src/compute/errors.ts';
import { retryMs } from '../../../src/tenants/reconcile/backoff.ts';
import { specOf } from '../simulation/specs.ts';
import { failing, inWorld } from './trial.ts';

const me = { actor: 'somebody' };

const throttled = (times?: number) =>
  specOf('acme', { number: 1, faults: { provision: times ? { kind: 'throttled', times } : 'throttled' } });

describe('a try that fails', () => {
  test(
    'is followed by another after a pause, and each can be seen on the operation',
    inWorld(async ({ tenants, sweepFor }) => {
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
    'waits at least as long as the provider asks for',
    inWorld(async ({ tenants, sweepFor, world }) => {
      const busy = { provision: { kind: 'throttled', times: 1, retry_after_ms: 60_000 } };
      await tenants.provision(specOf('acme', { number: 1, faults: busy }), me);
      const { at = '', next_at = '' } = (await tenants.get('acme')).operation.retries[0] ?? {};
      expect(Date.parse(next_at) - Date.parse(at)).toBeGreaterThanOrEqual(60_000);
      await sweepFor(55);
      expect(world.calls.filter(({ what }) => what === 'provision')).toHaveLength(1);
      await sweepFor(10);
      expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { attempts: 1 } });
    }),
  );

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12])(
    'waits no longer than makes sense, whatever the provider asks for (%d ms)',
    (retryAfterMs) => {
      const pause = retryMs(new ThrottledError('busy', { retryAfterMs }), 1, () => 0);
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(300_000);
    },
  );

  test(
    'is not followed by another before its pause is over',
    inWorld(async ({ tenants, sweeper, sleep, world }) => {
      await tenants.provision(throttled(), me);
      const provisions = () => world.calls.filter(({ what }) => what === 'provision').length;
      for (let tries = 0; tries < 200; tries += 1) {
        const { next_at = '', operation } = await tenants.get('acme');
        const before = provisions();
        await sweeper.sweep({ waitMs: 0 });
        const early = world.timeline.now < Date.parse(next_at);
        if (early) expect(provisions(), `${operation.attempts} tries, due at ${next_at}`).toBe(before);
        await sleep(100);
      }
      expect(provisions()).toBeGreaterThan(5);
    }),
  );

  test(
    'is kept with the nine before it; the number of all is counted',
    inWorld(async ({ tenants, sweepFor }) => {
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
    'ends the tries of a provider that goes on failing',
    inWorld(
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
    'ends the wait for work that goes on and on, and says for what it waited',
    inWorld(
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
    'does not hold for a destroy',
    inWorld(
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
    'that is refused is made again, and neither the caller nor the tenant waits for it',
    inWorld(
      async ({ world, tenants, announced, logger }) => {
        const outcome = await tenants.provision(specOf('acme', { number: 1 }), me);
        expect(outcome).toMatchObject({ operation: { state: 'succeeded' }, tenant: { phase: 'ready' } });
        expect(world.announced).toEqual([]);
        const tenant = await tenants.get('acme');
        expect(tenant).not.toHaveProperty('lease');
        expect(tenant).not.toHaveProperty('next_at');
        expect(await announced()).toEqual([{ operation_id: expect.any(String), detail_type: 'Tenant Provisioned' }]);
        expect(logger.entries.filter(({ message }) => message === 'announcement failed')).toHaveLength(3);
      },
      { weather: failing('F15', ({ to }) => to === 'listener', { times: 3 }) },
    ),
  );

  test(
    'is not lost where the tenant begins a new life before it is made',
    inWorld(
      async ({ world, tenants, announced }) => {
        await tenants.provision(specOf('acme', { number: 1 }), me);
        await tenants.destroy('acme', me);
        await tenants.provision(specOf('acme', { number: 2 }), me);
        expect(world.announced).toEqual([]);
        const told = await announced();
        expect(told.map(({ detail_type }) => detail_type)).toEqual([
          'Tenant Provisioned',
          'Tenant Destroyed',
          'Tenant Provisioned',
        ]);
        const ids = told.map(({ operation_id }) => operation_id);
        expect(new Set(ids)).toEqual(new Set(world.ledger.ended.keys()));
      },
      { weather: failing('F15', ({ to }) => to === 'listener', { times: 5 }) },
    ),
  );
});

test(
  'a failure of the table, once the request is recorded, is not the caller’s: the work is taken up again',
  inWorld(
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
