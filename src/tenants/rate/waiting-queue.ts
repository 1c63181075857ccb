import { addMs } from '../clock.ts';
import { kindOf } from '../model/operation-kinds.ts';
import type { QueueName, Tenant } from '../model/tenant.ts';
import { isDue, isOfRollout, isRecovering } from '../model/tenant-state.ts';
import type { CallKind } from './rates.ts';

/**
 * The queues in which tenants wait for calls of a kind, where their backend throttles. Provisions and updates need the same
 * calls, so sweepers admit from both alternately. Tenants that a rollout changes wait in a queue of their own, from which
 * is admitted what the others leave. A queue is ordered by when the operation was requested: a tenant that was throttled
 * again returns to its old position.
 */
export const queuesOf: Readonly<Record<CallKind, readonly QueueName[]>> = {
  change: ['provision', 'update', 'rollout'],
  destroy: ['destroy'],
  look: ['look'],
};

/** The queue that is admitted from last. */
export const LAST_QUEUE: QueueName = 'rollout';

/** Returns the kind of call that the operation's next try makes. Work that the provider accepted is only looked at. */
export function callKindOf({ operation }: Tenant): CallKind {
  return operation.applied ? 'look' : kindOf(operation).callKind;
}

/**
 * Returns the tenant in its queue, without a lease.
 * `at`: when it may be admitted. `firstTry`: the provider was not called yet for the operation.
 */
export function enqueued(
  tenant: Tenant,
  at: string,
  { backend, firstTry }: { backend: string; firstTry: boolean },
): Tenant {
  const { operation } = tenant;
  const queue = operation.applied ? 'look' : isOfRollout(tenant) ? LAST_QUEUE : kindOf(operation).queue;
  const message = `waiting: ${tenant.provider_type} accepts no more calls at present`;
  return {
    ...tenant,
    lease: undefined,
    next_at: at,
    waiting: { backend, queue, first_try: firstTry },
    operation: operation.applied ? operation : { ...operation, queued_at: operation.queued_at ?? at, message },
  };
}

/** Returns true where the tenant waits for a slot of that kind. */
export function isQueued(tenant: Tenant, kind: CallKind, now: string): boolean {
  const { waiting } = tenant;
  return waiting !== undefined && queuesOf[kind].includes(waiting.queue) && isDue(tenant, now);
}

/** Returns the tenant out of its queue. The provider had no part in the wait, so the deadline moves by as much. */
export function dequeued(tenant: Tenant, now: string): Tenant {
  const { waiting, operation, next_at = now } = tenant;
  if (!waiting) return tenant;
  const waited = Math.max(0, Date.parse(now) - Date.parse(next_at));
  const deadline_at = operation.deadline_at && addMs(operation.deadline_at, waited);
  return { ...tenant, waiting: undefined, operation: { ...operation, deadline_at } };
}

/** The key of failed tenants in the index of work. They have their own, so that no number of them delays an operation. */
export const RECOVERY_KEY = 'recovery';

/** Returns the index keys of scheduled work: when it is due, or the tenant's queue and its position there. */
export function workKeysOf(tenant: Tenant): { work: string; work_at: string } {
  const { waiting, operation, next_at, updated_at } = tenant;
  const due = next_at ?? updated_at;
  if (isRecovering(tenant)) return { work: RECOVERY_KEY, work_at: due };
  if (!waiting) return { work: 'work', work_at: due };
  return {
    work: queueKey(waiting.backend, waiting.queue),
    work_at: waiting.queue === 'look' ? due : operation.requested_at,
  };
}

/** The key, in the index of work, of tenants whose health may have changed: they are looked at again. */
export const WATCH_KEY = 'watch';

/** Returns the index keys of a tenant without scheduled work whose change of health is pending: since when it is. */
export function watchKeysOf({ health }: Tenant): { work: string; work_at: string } | undefined {
  return health?.pending && { work: WATCH_KEY, work_at: health.pending.since };
}

export function queueKey(backend: string, queue: QueueName): string {
  return `line#${backend}#${queue}`;
}
