import { messageOf, ThrottledError, TimeoutError } from '../../compute/errors.ts';
import type { Place } from '../../compute/place/place.ts';
import { addMs, timestamp } from '../clock.ts';
import type { Operation } from '../model/operation.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { phases } from '../model/phases.ts';
import { historyEntry, isRecovering, isRunning, tombstoneTtl } from '../model/tenant-state.ts';
import { checkPlace } from '../place/check-place.ts';
import type { Slot } from '../rate/rate.ts';
import { callKindOf } from '../rate/waiting-queue.ts';
import { admit, type Step } from './admission.ts';
import { type AttemptResult, attempt, observe, type Waiting, wantedOf } from './attempt.ts';
import { pollMs, retryMs } from './backoff.ts';
import { boundedCall } from './bounded-call.ts';
import { failureOf, finalFailure } from './failure.ts';
import { SupersededError } from './lease.ts';
import { failedTenant, releaseIfFinished, retriedOperation, succeededTenant } from './outcome.ts';
import { recover } from './recovery.ts';
import { settlePlace, withPlace } from './settle-place.ts';
import { cutResult } from './size-limits.ts';
import { isUsable } from './verdict.ts';
import { anySignal, backendOf, boundsOf, type Work } from './work.ts';

/**
 * How one step ended:
 * - `pause`: the operation goes on; the next step is due in `ms` milliseconds.
 * - `queued`: the tenant waits in a queue, without a lease.
 * - `superseded`: a newer operation took the place of the one that was worked on; the next step is due at once.
 * - `finished`: nothing is unfinished, and the lease is given back.
 */
export type StepResult =
  | { kind: 'pause'; ms: number }
  | { kind: 'queued' }
  | { kind: 'superseded' }
  | { kind: 'finished' };

export const component = 'tenant-reconciler';

/** No operation goes on for longer, whatever its provider says. An approval may take 14 days, and steps a few more. */
const LONGEST_OPERATION_MS = 30 * 24 * 3_600_000;
/** How long after the provider gave a version up the operation ends at the latest. */
const AFTER_PROVIDER_MS = 60_000;

/**
 * Takes one step with a tenant: makes one try of the running operation and, once it has ended, moves cancelled operations
 * into the history. Looks again at a tenant whose operation failed earlier. Throws `LeaseLostError`, and what the
 * table throws.
 */
export async function takeStep(work: Work, step: Step): Promise<StepResult> {
  const { lease } = work;
  try {
    lease.resume();
    if (isRunning(lease.tenant)) {
      const slot = await admit(work, step);
      if (!slot) return { kind: 'queued' };
      const result = await tryOperation(work, step.firstTry, slot);
      if (result.kind !== 'finished') return result;
    }
    await archiveOutbox(work);
    if (isRunning(lease.tenant)) return { kind: 'superseded' };
    if (lease.tenant.lease && isRecovering(lease.tenant)) await recover(work, step.notDueUntil);
    return { kind: 'finished' };
  } catch (error) {
    if (error instanceof SupersededError) return { kind: 'superseded' };
    throw error;
  }
}

/** Makes one try of the running operation and records how it went. `finished` means that the operation has ended. */
async function tryOperation(work: Work, firstTry: boolean, slot: Slot): Promise<StepResult> {
  const { lease, manager, rateLimiter, signal } = work;
  const { tenant } = lease;
  let place: Place | undefined;
  let result: AttemptResult;
  try {
    const call = async (at: AbortSignal) => {
      place = await settlePlace(work, firstTry);
      // `patience: 0`: a throttled call has to be reported at once, so the provider must not retry it by itself.
      return attempt(manager, tenant, { firstTry, signal: at, patience: 0 });
    };
    result = cutResult(await boundedCall(call, boundsOf(work, anySignal(work))));
  } catch (error) {
    if (error instanceof ThrottledError) await rateLimiter.reportThrottled(backendOf(work), callKindOf(tenant), slot);
    lease.signal.throwIfAborted();
    const timeout = new TimeoutError('the provider had not answered when the time of the caller was over');
    return recordFailure(work, signal?.aborted ? timeout : error);
  }
  lease.signal.throwIfAborted();
  return result.kind === 'done' ? recordSuccess(work, result, place) : recordProgress(work, result, place);
}

async function recordSuccess(
  work: Work,
  done: Extract<AttemptResult, { kind: 'done' }>,
  place: Place | undefined,
): Promise<StepResult> {
  const { lease, clock } = work;
  // Before the end is recorded: after a crash in between, the destroy is tried again, and this goes on where it was.
  if (!phases[kindOf(lease.tenant.operation).endsIn].exists && !(await expireHistory(work))) {
    return { kind: 'pause', ms: 0 };
  }
  await lease.write((now) => releaseIfFinished(succeededTenant(withPlace(now, place), done, timestamp(clock))));
  log(work, 'operation succeeded');
  return { kind: 'finished' };
}

/** How many parts of a history expire between two records of how far it came. */
const PARTS_PER_RECORD = 8;

/** Has the history of a destroyed tenant expire. Returns false where the time is up before its end. */
async function expireHistory({ lease, store, clock, signal }: Work): Promise<boolean> {
  const { tenant_id, incarnation } = lease.tenant;
  const ttl = tombstoneTtl(timestamp(clock));
  let afterSeq: number | undefined = lease.tenant.operation.expired_seq ?? 0;
  for (let parts = 1; ; parts += 1) {
    afterSeq = await store.expireHistory(tenant_id, incarnation, { ttl, afterSeq });
    if (afterSeq === undefined) return true;
    if (parts % PARTS_PER_RECORD > 0 && !signal?.aborted) continue;
    const expired_seq: number = afterSeq;
    await lease.write((now) => ({ ...now, operation: { ...now.operation, expired_seq } }));
    if (signal?.aborted) return false;
  }
}

/**
 * Records what an operation waits for. While a version waits as its settings say, for approval or between two steps, the
 * provider tells until when, and the operation does not end before.
 */
async function recordProgress(work: Work, waiting: Waiting, place: Place | undefined): Promise<StepResult> {
  const { lease, clock } = work;
  const { message, gate, until } = waiting;
  if (until !== undefined) await extendDeadline(work, until);
  const { operation, tenant_id } = lease.tenant;
  const elapsed = clock.now() - Date.parse(operation.requested_at);
  if (isPastDeadline(operation, work)) {
    const detail = `${operation.type} of tenant ${tenant_id} after ${Math.round(elapsed / 1000)} s: ${message}`;
    return recordFailure(work, new TimeoutError(detail, { retryable: false }));
  }
  if (!operation.applied || operation.message !== message || operation.gate?.id !== gate?.id) {
    await lease.write((now) => {
      return { ...withPlace(now, place), operation: { ...now.operation, applied: true, message, gate } };
    });
  }
  return { kind: 'pause', ms: pollMs(elapsed) };
}

/** Moves the deadline of an operation to shortly after the time that its provider gives itself. */
async function extendDeadline({ lease }: Work, until: string): Promise<void> {
  const { deadline_at, requested_at } = lease.tenant.operation;
  if (deadline_at === undefined || until <= deadline_at) return;
  const latest = addMs(requested_at, LONGEST_OPERATION_MS);
  const extended = addMs(until, AFTER_PROVIDER_MS);
  const wanted = extended < latest ? extended : latest;
  if (wanted <= deadline_at) return;
  await lease.write((now) => ({ ...now, operation: { ...now.operation, deadline_at: wanted } }));
}

/** Records a failed try: as one that is followed by another, or as the end of the operation. */
async function recordFailure(work: Work, error: unknown): Promise<StepResult> {
  const { lease, clock, random } = work;
  const { operation } = lease.tenant;
  const failure = failureOf(error);
  const attempts = operation.attempts + 1;
  const facts = { code: failure.code, attempts, error: messageOf(error) };
  const isRetried = failure.retryable && !isPastDeadline(operation, work);
  if (isRetried || kindOf(operation).retries === 'forever') {
    const ms = retryMs(error, attempts, random);
    const at = timestamp(clock);
    await lease.write((now) => ({ ...now, operation: retriedOperation(now.operation, failure, { at, pause: ms }) }));
    log(work, 'operation will be tried again', facts);
    return { kind: 'pause', ms };
  }
  const final = finalFailure(failure, lease.tenant, await isStillServing(work));
  await lease.write((now) => releaseIfFinished(failedTenant(now, final, timestamp(clock))));
  log(work, 'operation failed', facts);
  return { kind: 'finished' };
}

function isPastDeadline({ deadline_at }: Operation, { clock }: Work): boolean {
  return deadline_at !== undefined && deadline_at <= timestamp(clock);
}

/** Returns true where the provider shows that an earlier version serves, and undefined where it cannot be asked. */
async function isStillServing(work: Work): Promise<boolean | undefined> {
  const { lease, manager } = work;
  const { tenant } = lease;
  if (!tenant.serving) return false;
  try {
    const call = async (signal: AbortSignal) => {
      await checkPlace(manager, tenant);
      return observe(manager, tenant, { signal });
    };
    return isUsable(await boundedCall(call, boundsOf(work, lease.signal)), wantedOf(tenant));
  } catch {
    lease.signal.throwIfAborted();
    return undefined;
  }
}

/** Moves cancelled operations into the history. Repeating it changes nothing. */
async function archiveOutbox({ lease, store }: Work): Promise<void> {
  const { outbox } = lease.tenant;
  if (outbox.length === 0) return;
  for (const operation of outbox) await store.putHistory(historyEntry(lease.tenant, operation));
  const archived = new Set(outbox.map(({ operation_id }) => operation_id));
  await lease.write((now) => {
    const rest = now.outbox.filter(({ operation_id }) => !archived.has(operation_id));
    const outbox_revision = rest.length > 0 ? now.outbox_revision : undefined;
    return releaseIfFinished({ ...now, outbox: rest, outbox_revision });
  });
}

function log({ lease, logger }: Work, message: string, facts: Record<string, unknown> = {}): void {
  const { operation_id, tenant_id, type, state } = lease.tenant.operation;
  const level = state === 'failed' ? 'error' : isRunning(lease.tenant) ? 'warn' : 'info';
  logger[level](message, { component, operation_id, tenant_id, type, state, ...facts });
}
