import { describe, expect, test } from 'vitest';
import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { addMs } from '../../../src/tenants/clock.ts';
import { decide } from '../../../src/tenants/decide/decide.ts';
import {
  accepted,
  ask,
  at,
  destroy,
  destroyed,
  destroying,
  first,
  NOON,
  neverWas,
  notUpdated,
  outcomeOf,
  provision,
  provisioning,
  ready,
  second,
  succeeded,
  third,
  update,
  updating,
} from '../model/lives.ts';

describe('an accepted request', () => {
  test('carries a running operation with a deadline and the next sequence number', () => {
    const { operation } = accepted(ready, update(second), at(5));
    expect(operation).toMatchObject({
      operation_id: 'acme.life-at-0.2',
      seq: 2,
      type: 'update',
      state: 'running',
      revision: 2,
      actor: 'alice',
      requested_at: at(5).now,
      deadline_at: at(6).now,
      attempts: 0,
    });
  });

  test('has no deadline where it is a destroy, which is retried forever', () => {
    expect(destroying.operation).not.toHaveProperty('deadline_at');
    expect(destroying.operation).not.toHaveProperty('revision');
  });

  test('has conditions that show the operation', () => {
    expect(updating.conditions).toContainEqual(
      expect.objectContaining({ type: 'Progressing', status: true, reason: 'OperationRunning', observed_revision: 2 }),
    );
    expect(updating.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: false, reason: 'PreviousRevisionServing' }),
    );
  });

  test('keeps the digests of its idempotency key and its request', () => {
    const idempotency = { key: 'digest', request: 'hash' };
    const { operation } = accepted(undefined, { ...provision(first), idempotency, request_id: 'req-1' }, at(0));
    expect(operation).toMatchObject({ idempotency, request_id: 'req-1' });
  });
});

describe('a revision', () => {
  test('records what changed, its actor and its operation', () => {
    expect(updating.desired).toEqual({
      revision: 2,
      incarnation: 'life-at-0',
      spec: second,
      spec_hash: specHash(second),
      operation_id: 'acme.life-at-0.2',
      actor: 'alice',
      created_at: at(1).now,
      changed: ['/resources/cpu'],
    });
  });

  test('is not made by a request for what is already desired', () => {
    expect(accepted(notUpdated, update(second), at(5)).desired).toBe(notUpdated.desired);
  });

  test('names the revision that a rollback repeats', () => {
    const rollback = ask({ type: 'rollback', spec: first, rollback_of: 1 });
    expect(accepted(succeeded(updating), rollback, at(5)).desired).toMatchObject({ revision: 3, rollback_of: 1 });
  });

  test('gets the next number in a new life, so an old ETag never matches', () => {
    const again = accepted(destroyed, provision(first), at(5));
    expect(again).toMatchObject({
      incarnation: 'life-at-5',
      desired: { revision: 2, changed: [] },
      operation: { seq: 1 },
    });
    expect(again).not.toMatchObject({ created_at: ready.created_at });
  });
});

describe('a revision to match', () => {
  test.each([
    ['nothing', undefined, 1],
    ['a destroyed tenant', destroyed, 1],
    ['a tenant at another revision', ready, 2],
  ])('is refused of %s', (_title, current, if_match) => {
    for (const request of [provision(first), update(second), destroy]) {
      expect(outcomeOf(current, { ...request, if_match })).toBe('revision_conflict');
    }
  });

  test('accepts a request that is based on the current revision', () => {
    expect(outcomeOf(ready, { ...update(second), if_match: 1 })).toBe('updating');
  });
});

describe('a destroy', () => {
  test('cancels the running operation and keeps it in the outbox', () => {
    const { outbox, operation, phase } = accepted(updating, destroy, at(2));
    expect(phase).toBe('destroying');
    expect(operation).toMatchObject({ type: 'destroy', seq: 3, state: 'running' });
    expect(outbox).toEqual([
      expect.objectContaining({
        operation_id: updating.operation.operation_id,
        state: 'cancelled',
        ended_at: at(2).now,
        error: expect.objectContaining({ code: 'operation_cancelled' }),
      }),
    ]);
  });

  test('of a tenant whose revision another one replaced keeps only the operation that it cancels', () => {
    const replaced = accepted(updating, update(third), at(2));
    const { outbox, outbox_revision } = accepted(replaced, destroy, at(3));
    expect(outbox.map(({ seq }) => seq)).toEqual([3]);
    expect(outbox_revision).toBeUndefined();
  });

  test('of an orphan goes to the provider that the request names, not to the one on the tombstone', () => {
    const orphan = ask({ type: 'destroy', provider_type: 'other', orphan: true });
    expect(accepted(destroyed, orphan, at(5)).provider_type).toBe('other');
    expect(accepted(neverWas, orphan, at(5)).provider_type).toBe('other');
    expect(accepted(undefined, orphan, at(5)).provider_type).toBe('other');
  });

  test('of an id that never was a tenant is recorded as revision 0', () => {
    expect(neverWas).toMatchObject({ phase: 'destroyed', provider_type: '', desired: { revision: 0 } });
  });
});

describe('a newer update or rollback', () => {
  const newer = {
    update: update(third),
    rollback: ask({ type: 'rollback', spec: first, rollback_of: 1 }),
  };

  test.each(Object.entries(newer))('takes the place of the running operation: %s', (type, request) => {
    const { operation, outbox, outbox_revision, desired, phase } = accepted(updating, request, at(2));
    expect({ phase, desired: desired.revision }).toEqual({ phase: 'updating', desired: 3 });
    expect(operation).toMatchObject({ type, seq: 3, state: 'running', revision: 3 });
    expect(outbox).toEqual([
      expect.objectContaining({
        operation_id: updating.operation.operation_id,
        state: 'cancelled',
        ended_at: at(2).now,
        error: {
          code: 'operation_superseded',
          fault: 'caller',
          retryable: false,
          usable: true,
          message: `operation superseded: a newer ${type} took its place`,
          hint: `Follow operation ${operation.operation_id}, which took its place.`,
        },
      }),
    ]);
    expect(outbox_revision).toBe(updating.desired);
  });

  test('keeps one operation in the outbox, however many follow each other', () => {
    const latest = [third, second, third, second].reduce(
      (tenant, spec, index) => accepted(tenant, update(spec), at(2 + index)),
      updating,
    );
    expect(latest.outbox.map(({ seq }) => seq)).toEqual([5]);
    expect(latest.outbox_revision?.revision).toBe(5);
    expect(latest.desired.revision).toBe(6);
  });

  test('of a tenant that never served says that nothing is usable', () => {
    expect(accepted(provisioning, update(second), at(2)).outbox).toMatchObject([
      { type: 'provision', error: { code: 'operation_superseded', usable: false } },
    ]);
  });

  test('is refused where it is based on another revision than the desired one', () => {
    expect(outcomeOf(updating, { ...update(third), if_match: 1 })).toBe('revision_conflict');
    expect(outcomeOf(updating, { ...update(third), if_match: 2 })).toBe('updating');
  });
});

describe('the lease', () => {
  const held = { ...updating, lease: { holder: 'them', fence: 7, expires_at: at(3).now }, fence: 7 };

  test('is taken by the request where it is free', () => {
    expect(provisioning).toMatchObject({ lease: { holder: 'us', fence: 1 }, fence: 1, next_at: addMs(NOON, 15_000) });
  });

  test('stays with its holder, and the work is due at once', () => {
    const { lease, fence, next_at } = accepted(held, destroy, at(2));
    expect({ lease, fence, next_at }).toEqual({ lease: held.lease, fence: 7, next_at: at(2).now });
  });

  test('is taken with a higher fence where it has expired', () => {
    expect(accepted(held, destroy, at(4))).toMatchObject({ lease: { holder: 'us', fence: 8 }, fence: 8 });
  });

  test('gets the next fence in a new life', () => {
    expect(accepted({ ...destroyed, fence: 7 }, provision(first), at(5)).fence).toBe(8);
  });
});

describe('a request that says when it was made', () => {
  const early = addMs(NOON, -1);
  const late = addMs(NOON, 600_000);

  test('is refused where a later request was accepted', () => {
    for (const current of [provisioning, ready, updating, destroying, destroyed, notUpdated]) {
      expect(outcomeOf(current, { ...update(second), requested_at: early })).toBe('stale_request');
      expect(outcomeOf(current, { ...provision(second), requested_at: early })).toBe('stale_request');
      expect(outcomeOf(current, { ...destroy, requested_at: early })).toBe('stale_request');
    }
  });

  test.each([
    ['changes nothing', ready, update(first), 'unchanged'],
    ['joins another', updating, update(second), 'joined'],
    ['joins a destroy', destroying, destroy, 'joined'],
  ])('makes older ones stale, also if it %s', (_title, current, request, kind) => {
    const decision = decide(current, { ...request, requested_at: late }, () => at(20));
    expect(decision).toEqual({ kind, tenant: { ...current, last_requested_at: late } });
  });

  test('leaves the latest time of request as it is where it is not later', () => {
    const decision = decide(ready, { ...update(first), requested_at: ready.last_requested_at }, () => at(20));
    expect(decision).toEqual({ kind: 'unchanged', tenant: ready });
    expect('tenant' in decision && decision.tenant).toBe(ready);
  });
});
