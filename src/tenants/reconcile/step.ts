import { messageOf, ThrottledError, TimeoutError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import { type Clock, timestamp } from '../clock.ts';
import type { Operation } from '../model/operation.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { phases } from '../model/phases.ts';
import { historyEntry, isRunning, tombstoneTtl } from '../model/tenant-state.ts';
import type { Slot } from '../rate/rate.ts';
import type { RateLimiter } from '../rate/rate-limiter.ts';
import { callKindOf } from '../rate/waiting-queue.ts';
import type { Store } from '../store/store.ts';
import { type AdmissionContext, admit, type Step } from './admission.ts';
import { type AttemptResult, attempt, observe } from './attempt.ts';
import { pollMs, retryMs } from './backoff.ts';
import { boundedCall } from './bounded-call.ts';
import { failureOf } from './failure.ts';
import { type Lease, SupersededError } from './lease.ts';
import { failedTenant, releaseIfFinished, retriedOperation, succeededTenant } from './outcome.ts';
import { cutResult } from './size-limits.ts';
import { isUsable } from './verdict.ts';

export interface StepContext {
  store: Store;
  manager: Manager;
  rateLimiter: RateLimiter;
  logger: Logger;
  clock: Clock;
  random: () => number;
  /** How long one call of a provider may take. Milliseconds. */
  callMs: number;
}

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

/**
 * Takes one step with a tenant: makes one try of the running operation and, once it has ended, moves cancelled operations
 * into the history. Throws `LeaseLostError`, and what the table throws.
 */
export async function takeStep(lease: Lease, step: Step, context: StepContext): Promise<StepResult> {
  try {
    lease.resume();
    if (isRunning(lease.tenant)) {
      const slot = await admit(lease, step, admissionContext(lease, context));
      if (!slot) return { kind: 'queued' };
      const result = await tryOperation(lease, { ...step, slot }, context);
      if (result.kind !== 'finished') return result;
    }
    await archiveOutbox(lease, context);
    return isRunning(lease.tenant) ? { kind: 'superseded' } : { kind: 'finished' };
  } catch (error) {
    if (error instanceof SupersededError) return { kind: 'superseded' };
    throw error;
  }
}

export function admissionContext({ tenant }: Lease, { rateLimiter, clock, manager }: StepContext): AdmissionContext {
  return { rateLimiter, clock, backend: manager.backendOf(tenant.provider_type) };
}

/** Makes one try of the running operation and records how it went. `finished` means that the operation has ended. */
async function tryOperation(
  lease: Lease,
  { firstTry, slot, signal }: Step & { slot: Slot },
  context: StepContext,
): Promise<StepResult> {
  const { tenant } = lease;
  const { manager, rateLimiter } = context;
  let result: AttemptResult;
  try {
    // `patience: 0`: a throttled call has to be reported at once, so the provider must not retry it by itself.
    const call = (at: AbortSignal) => attempt(manager, tenant, { firstTry, signal: at, patience: 0 });
    result = cutResult(await bounded(lease, signal, context, call));
  } catch (error) {
    if (error instanceof ThrottledError) {
      await rateLimiter.reportThrottled(manager.backendOf(tenant.provider_type), callKindOf(tenant), slot);
    }
    lease.signal.throwIfAborted();
    const timeout = new TimeoutError('the provider did not answer in the time there was');
    return recordFailure(lease, signal?.aborted ? timeout : error, context);
  }
  lease.signal.throwIfAborted();
  return result.kind === 'done' ? recordSuccess(lease, result, context) : recordProgress(lease, result, context);
}

async function recordSuccess(
  lease: Lease,
  done: Extract<AttemptResult, { kind: 'done' }>,
  context: StepContext,
): Promise<StepResult> {
  const { store, clock } = context;
  const { tenant_id, incarnation, operation } = lease.tenant;
  if (!phases[kindOf(operation).endsIn].exists) {
    // Before the end is recorded: after a crash in between, the destroy is tried again and so is this.
    await store.expireHistory(tenant_id, incarnation, tombstoneTtl(timestamp(clock)));
  }
  await lease.write((now) => releaseIfFinished(succeededTenant(now, done, timestamp(clock))));
  log('operation succeeded', lease.tenant.operation, context);
  return { kind: 'finished' };
}

async function recordProgress(
  lease: Lease,
  { message }: { message: string },
  context: StepContext,
): Promise<StepResult> {
  const { operation, tenant_id } = lease.tenant;
  const elapsed = context.clock.now() - Date.parse(operation.requested_at);
  if (isPastDeadline(operation, context)) {
    const detail = `${operation.type} of tenant ${tenant_id} after ${Math.round(elapsed / 1000)} s: ${message}`;
    return recordFailure(lease, new TimeoutError(detail, { retryable: false }), context);
  }
  if (!operation.applied || operation.message !== message) {
    await lease.write((now) => ({ ...now, operation: { ...now.operation, applied: true, message } }));
  }
  return { kind: 'pause', ms: pollMs(elapsed) };
}

/** Records a failed try: as one that is followed by another, or as the end of the operation. */
async function recordFailure(lease: Lease, error: unknown, context: StepContext): Promise<StepResult> {
  const { clock, random } = context;
  const failure = failureOf(error);
  const { operation } = lease.tenant;
  const attempts = operation.attempts + 1;
  const facts = { code: failure.code, attempts, error: messageOf(error) };
  const isRetried = failure.retryable && !isPastDeadline(operation, context);
  if (isRetried || kindOf(operation).retries === 'forever') {
    const ms = retryMs(error, attempts, random);
    await lease.write((now) => ({
      ...now,
      operation: retriedOperation(now.operation, failure, { at: timestamp(clock), pause: ms }),
    }));
    log('operation will be tried again', lease.tenant.operation, context, facts);
    return { kind: 'pause', ms };
  }
  const usable = await isStillServing(lease, context);
  await lease.write((now) => releaseIfFinished(failedTenant(now, { ...failure, usable }, timestamp(clock))));
  log('operation failed', lease.tenant.operation, context, facts);
  return { kind: 'finished' };
}

function isPastDeadline({ deadline_at }: Operation, { clock }: StepContext): boolean {
  return deadline_at !== undefined && deadline_at <= timestamp(clock);
}

/** Returns true where the provider shows that an earlier version serves; false where it cannot be asked. */
async function isStillServing(lease: Lease, context: StepContext): Promise<boolean> {
  const { tenant } = lease;
  if (!tenant.serving) return false;
  try {
    const call = (signal: AbortSignal) => observe(context.manager, tenant, { signal });
    return isUsable(await bounded(lease, undefined, context, call), tenant.desired.spec_hash);
  } catch {
    lease.signal.throwIfAborted();
    return false;
  }
}

/** Moves cancelled operations into the history. Repeating it changes nothing. */
async function archiveOutbox(lease: Lease, { store }: StepContext): Promise<void> {
  const { outbox } = lease.tenant;
  if (outbox.length === 0) return;
  for (const operation of outbox) await store.putHistory(historyEntry(lease.tenant, operation));
  const archived = new Set(outbox.map(({ operation_id }) => operation_id));
  await lease.write((now) => {
    const rest = now.outbox.filter(({ operation_id }) => !archived.has(operation_id));
    return releaseIfFinished({ ...now, outbox: rest });
  });
}

/** Calls a provider, and waits no longer than the call may take and the lease is held. */
function bounded<T>(
  lease: Lease,
  signal: AbortSignal | undefined,
  { clock, callMs }: StepContext,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return boundedCall(call, { clock, limit: callMs, signals: [lease.signal, ...(signal ? [signal] : [])] });
}

function log(
  message: string,
  operation: Operation,
  { logger }: StepContext,
  facts: Record<string, unknown> = {},
): void {
  const { operation_id, tenant_id, type, state } = operation;
  const level = state === 'failed' ? 'error' : isRunning({ operation }) ? 'warn' : 'info';
  logger[level](message, { component, operation_id, tenant_id, type, state, ...facts });
}
