import { ThrottledError } from '../../compute/errors.ts';
import type { CallOptions, Manager } from '../../compute/manager.ts';
import { addMs, timestamp } from '../clock.ts';
import type { Tenant } from '../model/tenant.ts';
import { endedOperations, historyEntry, LONGEST_RECOVERY_PAUSE_MS } from '../model/tenant-state.ts';
import { checkPlace } from '../place/check-place.ts';
import { type AttemptResult, apply, arrived, examine } from './attempt.ts';
import { boundedCall } from './bounded-call.ts';
import { failureOf } from './failure.ts';
import { recoveredTenant } from './outcome.ts';
import { cutResult, cutShort } from './size-limits.ts';
import { isUsable } from './verdict.ts';
import { anySignal, backendOf, boundsOf, type Work } from './work.ts';

/*
 * A failed operation does not end reconciliation. Its tenant stays in the index of work, and its provider is looked at
 * again after a minute, then after two, and so on up to an hour, without end:
 *
 * - It serves the desired revision after all, as a rollout does that comes up after its deadline. The tenant is ready.
 * - It served in this life, and nothing of it serves now: the provider is asked for it again. An outage may last longer
 *   than the deadline of an operation.
 * - It never served, or its previous revision serves while the provider refuses the desired one: it is only looked at.
 *   Nothing that already failed for good is rolled out again.
 *
 * These tries are no operations: they would fill the history and announce a failure each hour. Only the success is one. It
 * is recorded with its end, in one write, and announced once. A request that arrives meanwhile takes the tenant's operation
 * over, as it does while any other operation runs: the next write of this worker finds it and stops.
 */

const SHORTEST_MS = 60_000;
/** The longest pause while the provider says that the tenant is on its way. Milliseconds. */
const LONGEST_WHILE_WAITING_MS = 5 * 60_000;
/** The share of a pause by which tenants that failed together are spread. */
const SPREAD = 0.1;

const component = 'tenant-recovery';

/** The desired revision does not serve, and the provider was not asked for it. */
interface Absent {
  kind: 'absent';
  message: string;
}

/** Returns the pause before the next look after `looks` of them, in milliseconds. */
function pauseMs(looks: number, { isWaiting, random }: { isWaiting: boolean; random: () => number }): number {
  const longest = isWaiting ? LONGEST_WHILE_WAITING_MS : LONGEST_RECOVERY_PAUSE_MS;
  const pause = Math.min(longest, SHORTEST_MS * 2 ** Math.min(looks, 10));
  return Math.ceil(pause * (1 - SPREAD * random()));
}

/**
 * Looks at a failed tenant again, brings it back where that is due, and gives the lease back. `notDueUntil`: only looks, and
 * keeps that time for the next try; events of a backend may come at any rate. Throws `LeaseLostError` or `SupersededError`.
 */
export async function recover(work: Work, notDueUntil: string | undefined): Promise<void> {
  const { lease, manager, rateLimiter, signal } = work;
  const { tenant } = lease;
  const backend = backendOf(work);
  const mayApply = tenant.serving !== undefined && notDueUntil === undefined;
  const callKind = mayApply ? 'change' : 'look';
  const slot = await rateLimiter.slotWithin(backend, callKind, 0);
  if (!slot) return postpone(work, notDueUntil, { message: 'the backend accepts no more calls at present' });
  let found: AttemptResult | Absent;
  try {
    const { incarnation } = tenant;
    const call = async (at: AbortSignal) => {
      await checkPlace(manager, tenant);
      return revive(manager, tenant, { signal: at, patience: 0, incarnation, mayApply });
    };
    const result = await boundedCall(call, boundsOf(work, anySignal(work)));
    found = result.kind === 'absent' ? result : cutResult(result);
  } catch (error) {
    if (error instanceof ThrottledError) await rateLimiter.reportThrottled(backend, callKind, slot);
    lease.signal.throwIfAborted();
    if (signal?.aborted) return postpone(work, timestamp(work.clock), { message: 'the time was up' });
    return postpone(work, notDueUntil, { message: failureOf(error).message });
  }
  lease.signal.throwIfAborted();
  if (found.kind === 'done') return recordRecovery(work, found);
  return postpone(work, notDueUntil, { message: found.message, isWaiting: found.kind === 'waiting' });
}

/** Returns `done` where the desired revision serves. Asks the provider for it again where that is allowed and of use. */
async function revive(
  manager: Manager,
  tenant: Tenant,
  { mayApply, ...call }: CallOptions & { mayApply: boolean },
): Promise<AttemptResult | Absent> {
  const { status, verdict } = await examine(manager, tenant, call);
  if (status && verdict.kind === 'serves') return arrived(tenant, status);
  if (verdict.kind === 'waiting') return verdict;
  const isSparing = isUsable(status, tenant.desired) && !tenant.operation.error?.retryable;
  if (mayApply && !isSparing) return apply(manager, { ...tenant, phase: 'updating' }, call);
  return {
    kind: 'absent',
    message: verdict.kind === 'failed' ? verdict.message : 'the desired revision does not serve',
  };
}

async function postpone(
  work: Work,
  at: string | undefined,
  { message, isWaiting = false }: { message: string; isWaiting?: boolean },
): Promise<void> {
  const { lease, clock, random } = work;
  const { looks = 0 } = lease.tenant.recovery ?? {};
  const next_at = at ?? addMs(timestamp(clock), pauseMs(looks + 1, { isWaiting, random }));
  const recovery = { looks: at === undefined ? looks + 1 : looks, message: cutShort(message) };
  await lease.write((now) => ({ ...now, lease: undefined, next_at, recovery }));
}

async function recordRecovery(work: Work, done: Extract<AttemptResult, { kind: 'done' }>): Promise<void> {
  const { lease, store, clock, logger } = work;
  const { tenant } = lease;
  // Before another operation takes their place, as with every new operation.
  await Promise.all(endedOperations(tenant).map((ended) => store.putHistory(historyEntry(tenant, ended))));
  const { operation } = await lease.write((now) => recoveredTenant(now, done, timestamp(clock)));
  const { operation_id, tenant_id, type } = operation;
  logger.info('tenant recovered', { component, tenant_id, operation_id, type });
}
