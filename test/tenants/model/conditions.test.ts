import { describe, expect, test } from 'vitest';
import { UpdateFailedError } from '../../../src/compute/errors.ts';
import { conditionsOf } from '../../../src/tenants/model/conditions.ts';
import type { Trouble } from '../../../src/tenants/model/health.ts';
import type { Condition, ConditionType, Phase, Tenant } from '../../../src/tenants/model/tenant.ts';
import { failureOf } from '../../../src/tenants/reconcile/failure.ts';
import { failedTenant } from '../../../src/tenants/reconcile/outcome.ts';
import { aReadyTenant, aTenant, aTombstone, DAWN } from '../../support/tenants.ts';

const NOON = '2026-11-24T12:00:00.000Z';

function conditions(tenant: Tenant, now = NOON): Record<Exclude<ConditionType, 'Waiting'>, Condition> {
  const [ready, progressing, degraded, ...more] = conditionsOf(tenant, now);
  if (!ready || !progressing || !degraded || more.length > 0) throw new Error('there are three conditions');
  expect([ready.type, progressing.type, degraded.type]).toEqual(['Ready', 'Progressing', 'Degraded']);
  return { Ready: ready, Progressing: progressing, Degraded: degraded };
}

/** Returns status and reason of each condition as one text. */
function brief(tenant: Tenant): string {
  const { Ready, Progressing, Degraded } = conditions(tenant);
  return [Ready, Progressing, Degraded].map(({ status, reason }) => `${status ? '+' : '-'}${reason}`).join(' ');
}

const retry = { at: NOON, code: 'throttled', message: 'throttled: slow down', next_at: '2026-11-24T12:00:01.000Z' };

function running(tenant: Tenant, phase: Phase, operation: Partial<Tenant['operation']> = {}): Tenant {
  return { ...tenant, phase, operation: { ...tenant.operation, state: 'running', ...operation } };
}

function failing(usable: boolean): Tenant {
  const failure = { ...failureOf(new UpdateFailedError('no such image')), usable };
  return failedTenant(running(aReadyTenant(), 'updating', { type: 'update' }), failure, NOON);
}

describe('the conditions of a tenant', () => {
  test.each([
    ['being provisioned', aTenant(), '-Provisioning +OperationRunning -AsDesired'],
    ['serving', aReadyTenant(), '+Serving -Settled -AsDesired'],
    [
      'being updated',
      running(aReadyTenant(), 'updating', { type: 'update' }),
      '-PreviousRevisionServing +OperationRunning -AsDesired',
    ],
    [
      'being updated, after a failed try',
      running(aReadyTenant(), 'updating', { type: 'update', attempts: 1, retries: [retry] }),
      '-PreviousRevisionServing +Retrying +Throttled',
    ],
    [
      'being provisioned, after a failed try',
      running(aTenant(), 'provisioning', { attempts: 1, retries: [retry] }),
      '-Provisioning +Retrying +Throttled',
    ],
    [
      'being healed',
      running(aReadyTenant(), 'updating', { type: 'heal', message: 'it is gone' }),
      '-Unknown +OperationRunning +Drifted',
    ],
    ['not updated, the old version serving', failing(true), '-PreviousRevisionServing -Settled +UpdateFailed'],
    ['not updated, and nothing serving', failing(false), '-UpdateFailed -Settled +UpdateFailed'],
    [
      'being destroyed',
      running(aReadyTenant(), 'destroying', { type: 'destroy' }),
      '-Destroying +OperationRunning -AsDesired',
    ],
    ['destroyed', aTombstone(), '-Destroyed -Settled -AsDesired'],
  ])('%s', (_title, tenant, expected) => {
    expect(brief(tenant)).toBe(expected);
  });

  const sick = (trouble: Trouble, message: string): Tenant => {
    const health = trouble === 'Unreachable' ? 'unknown' : 'unhealthy';
    const since = '2026-11-24T11:59:00.000Z';
    const record = { health, trouble, message, since, restart_count: 0, restarts: [], changes: 1 } as const;
    return { ...aReadyTenant(), health: { ...record, restarts: [] } };
  };

  test.each([
    ['in a crash loop', sick('CrashLoop', 'restarted 31 times'), '-CrashLoop -Settled +CrashLoop'],
    ['unhealthy', sick('Unhealthy', 'its check fails'), '-Unhealthy -Settled +Unhealthy'],
    ['missing', sick('Missing', 'nothing is there'), '-Missing -Settled +Missing'],
    // Nothing was observed that contradicts what was observed before.
    ['not reachable', sick('Unreachable', 'ECONNREFUSED'), '+Serving -Settled +Unreachable'],
    [
      'unhealthy while it is healed',
      running(sick('Missing', 'nothing is there'), 'updating', { type: 'heal', message: 'it is gone' }),
      '-Unknown +OperationRunning +Drifted',
    ],
    [
      'unhealthy, and destroyed',
      { ...sick('Missing', 'gone'), phase: 'destroyed' as const },
      '-Destroyed -Settled -AsDesired',
    ],
    [
      'unhealthy, and never served',
      { ...sick('Unhealthy', 'its check fails'), phase: 'failed' as const, serving: undefined },
      '-Unknown -Settled +Unknown',
    ],
  ])('of a tenant that is observed to be %s', (_title, tenant, expected) => {
    expect(brief(tenant)).toBe(expected);
  });

  test("tell the provider's message, and since when it was observed", () => {
    const { Ready, Degraded } = conditions(sick('Unhealthy', 'container web: exited with code 1'));
    const told = { message: 'container web: exited with code 1', since: '2026-11-24T11:59:00.000Z' };
    expect([Ready, Degraded]).toEqual([expect.objectContaining(told), expect.objectContaining(told)]);
  });

  test('name the desired revision', () => {
    for (const { observed_revision } of conditionsOf(aReadyTenant(), NOON)) expect(observed_revision).toBe(1);
  });

  test('keep `since` while their status stays the same', () => {
    const before = aReadyTenant();
    const later = { ...before, operation: { ...before.operation, message: 'changed nothing' } };
    expect(conditions(later).Ready.since).toBe(DAWN);
    const moved = running(before, 'updating', { type: 'update' });
    expect(conditions(moved)).toMatchObject({
      Ready: { status: false, since: NOON },
      Progressing: { since: NOON },
      Degraded: { since: DAWN },
    });
  });

  test('contain the error and its hint', () => {
    expect(conditions(failing(false)).Degraded.message).toBe(
      'update failed: no such image Correct the cause and update again. The status tells which version runs.' +
        ' Berth looks again at 2026-11-24T12:01:00.000Z.',
    );
  });

  test('name the failed try, its error and when the next is due', () => {
    const tenant = running(aTenant(), 'provisioning', { attempts: 3, retries: [retry] });
    expect(conditions(tenant).Progressing.message).toBe(
      'Try 3 failed (throttled: slow down); the next is due at 2026-11-24T12:00:01.000Z.',
    );
  });

  test('contain the message of the running operation', () => {
    const tenant = running(aTenant(), 'provisioning', { message: 'waiting: web is starting' });
    expect(conditions(tenant).Progressing.message).toBe('waiting: web is starting');
  });
});
