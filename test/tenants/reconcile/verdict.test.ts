import { describe, expect, test } from 'vitest';
import { errorCatalog, InvalidSpecError, ThrottledError, UpdateFailedError } from '../../../src/compute/errors.ts';
import { ComputeStatus } from '../../../src/compute/results.ts';
import { failureOf, finalFailure } from '../../../src/tenants/reconcile/failure.ts';
import { isUsable, verdictOf } from '../../../src/tenants/reconcile/verdict.ts';
import { aReadyTenant, aTenant } from '../../support/tenants.ts';

const HASH = 'wanted';
const WANTED = { spec_hash: HASH };
const OLD = 'old';

function status(overrides: Partial<ComputeStatus> = {}): ComputeStatus {
  const base = { tenant_id: 'acme', provider_type: 'memory', state: 'running', health: 'healthy' };
  return ComputeStatus.parse({ ...base, ...overrides });
}

describe('the verdict of a status', () => {
  test.each([
    ['it serves', status({ metadata: { spec_hash: HASH } }), 'serves'],
    ['it serves, with unknown health', status({ health: 'unknown', metadata: { spec_hash: HASH } }), 'serves'],
    ['it serves, and a later one failed', status({ metadata: { spec_hash: HASH, failed_spec_hash: OLD } }), 'serves'],
    ['it serves beside an older one', status({ metadata: { spec_hash: HASH, open_steps: 'the end' } }), 'unfinished'],
    ['another has open steps', status({ metadata: { spec_hash: OLD, open_steps: 'the end' } }), 'differs'],
    ['it is being rolled out', status({ metadata: { spec_hash: OLD, pending_spec_hash: HASH } }), 'waiting'],
    ['it is tried once more', status({ metadata: { failed_spec_hash: HASH, pending_spec_hash: HASH } }), 'waiting'],
    ['it is there and unhealthy', status({ health: 'unhealthy', metadata: { spec_hash: HASH } }), 'waiting'],
    ['it is starting', status({ state: 'starting', metadata: { spec_hash: HASH } }), 'waiting'],
    ['its state is unknown', status({ state: 'unknown', metadata: { spec_hash: HASH } }), 'waiting'],
    ['its rollout failed', status({ metadata: { spec_hash: OLD, failed_spec_hash: HASH } }), 'failed'],
    ['it failed', status({ state: 'failed', metadata: { spec_hash: HASH } }), 'failed'],
    ['it stopped', status({ state: 'stopped', metadata: { spec_hash: HASH } }), 'failed'],
    ['another serves', status({ metadata: { spec_hash: OLD } }), 'differs'],
    ['another is being rolled out', status({ metadata: { spec_hash: OLD, pending_spec_hash: 'third' } }), 'differs'],
    [
      'it serves, and another is on its way',
      status({ metadata: { spec_hash: HASH, pending_spec_hash: OLD } }),
      'differs',
    ],
    ['the provider does not say', status(), 'differs'],
  ])('%s', (_title, observation, kind) => {
    expect(verdictOf(observation, WANTED).kind).toBe(kind);
  });

  test('says what the version on its way waits for, and until when', () => {
    const pending = { spec_hash: OLD, pending_spec_hash: HASH, pending_until: '2026-01-01T00:00:00.000Z' };
    const pending_message = 'web is starting (health check: 503)\nlast output of web:\nready soon';
    expect(verdictOf(status({ metadata: { ...pending, pending_message } }), WANTED)).toEqual({
      kind: 'waiting',
      message:
        'waiting: web is starting (health check: 503); the provider gives it up at 2026-01-01T00:00:00.000Z\n' +
        'last output of web:\nready soon',
    });
  });

  test('names the containers that are not ready, with their messages', () => {
    const containers = [
      { name: 'web', state: 'running' as const, ready: true, restart_count: 0, message: '' },
      { name: 'worker', state: 'starting' as const, ready: false, restart_count: 2, message: 'pulling the image' },
      { name: 'cron', state: 'stopped' as const, ready: false, restart_count: 0, message: '' },
    ];
    expect(verdictOf(status({ containers, metadata: { pending_spec_hash: HASH } }), WANTED)).toEqual({
      kind: 'waiting',
      message: 'waiting: worker is starting (pulling the image); cron is stopped',
    });
  });

  test('uses the provider’s reason where there is one', () => {
    const metadata = { failed_spec_hash: HASH, failure: 'the image does not exist' };
    expect(verdictOf(status({ metadata }), WANTED)).toEqual({ kind: 'failed', message: 'the image does not exist' });
  });
});

test('a tenant is usable while another version than the failed one runs', () => {
  expect(isUsable(status({ metadata: { spec_hash: OLD } }), WANTED)).toBe(true);
  expect(isUsable(status({ metadata: { spec_hash: HASH } }), WANTED)).toBe(false);
  expect(isUsable(status({ state: 'stopped', metadata: { spec_hash: OLD } }), WANTED)).toBe(false);
  expect(isUsable(status(), WANTED)).toBe(false);
  expect(isUsable(undefined, WANTED)).toBe(false);
});

describe('a recorded failure', () => {
  test('contains what a Berth error says', () => {
    const { hint } = errorCatalog.update_failed;
    expect(failureOf(new UpdateFailedError('no such image'))).toEqual({
      code: 'update_failed',
      fault: 'provider',
      retryable: false,
      usable: false,
      message: 'update failed: no such image',
      hint,
    });
  });

  test('tells how to go on from what was seen of the tenant, and keeps a hint of the provider', () => {
    const failure = failureOf(new UpdateFailedError('no such image'));
    const served = aReadyTenant();
    const never = aTenant();
    const hints = [
      [never, false, 'No version has served yet. Correct the cause and update again, or destroy the tenant.'],
      [served, true, 'Revision 1 still serves. Correct the cause and update again, or roll back to it.'],
      [served, false, 'No version was seen to serve. Correct the cause and update again, or roll back to revision 1.'],
      [
        served,
        undefined,
        'Whether revision 1 still serves is not known: the provider did not answer. Read the status.',
      ],
    ] as const;
    for (const [tenant, isServing, hint] of hints) {
      expect(finalFailure(failure, tenant, isServing)).toEqual({ ...failure, usable: isServing === true, hint });
    }
    const own = failureOf(new UpdateFailedError('no such image', { hint: 'Push the image.' }));
    expect(finalFailure(own, never, false)).toEqual(own);
    const throttled = failureOf(new ThrottledError('ecs'));
    expect(finalFailure(throttled, never, false)).toEqual(throttled);
  });

  test('has every issue of a specification error', () => {
    const issues = [{ pointer: '/containers/0/image', message: 'image required' }];
    expect(failureOf(new InvalidSpecError(issues)).issues).toEqual(issues);
  });

  test('has no more than 2,048 characters', () => {
    expect(failureOf(new ThrottledError('x'.repeat(10_000))).message).toHaveLength(2048);
  });

  test.each([
    ['a foreign error', new Error('ENOENT: /var/lib/secret')],
    ['a text', 'password=hunter2'],
    ['nothing', undefined],
    ['an object', { code: 'throttled', message: '/etc/passwd' }],
  ])('is nothing that %s says', (_title, thrown) => {
    expect(failureOf(thrown)).toEqual({
      code: 'internal',
      fault: 'platform',
      retryable: false,
      usable: false,
      message: 'the provider failed in an unexpected way',
      hint: 'Look for the operation in the logs, and try again.',
    });
  });
});
