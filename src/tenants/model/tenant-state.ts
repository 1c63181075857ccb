import { placeDigest } from '../../compute/place/place.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import type { Operation } from './operation.ts';
import { phases } from './phases.ts';
import type { IndexedSummary } from './summary.ts';
import type { HistoryEntry, LeaseRecord, Tenant } from './tenant.ts';

/** How long a destroyed tenant, and its history, can still be read. */
export const TOMBSTONE_SECONDS = 30 * 24 * 3600;

/** Returns when the records of a tenant expire that was destroyed at that time, in epoch seconds. */
export function tombstoneTtl(destroyedAt: string): number {
  return Math.floor(Date.parse(destroyedAt) / 1000) + TOMBSTONE_SECONDS;
}

/** Returns true for an operation whose version waits at a gate that was not approved. */
export function isHeldAtGate({ gate, approvals = [] }: Pick<Operation, 'gate' | 'approvals'>): boolean {
  return gate !== undefined && !approvals.some((approval) => approval.gate === gate.id);
}

export function isRunning({ operation }: Pick<Tenant, 'operation'>): boolean {
  return operation.state === 'running';
}

/** Returns true where a rollout asked for the running operation: those of other callers are first. */
export function isOfRollout({ operation }: Pick<Tenant, 'operation'>): boolean {
  return operation.rollout !== undefined && operation.state === 'running';
}

/** Returns true where an operation runs, or where a cancelled one has yet to move into the history. */
export function hasUnfinishedWork(tenant: Tenant): boolean {
  return isRunning(tenant) || tenant.outbox.length > 0;
}

/** Returns true for a tenant whose last operation failed: its provider is looked at again, until it serves. */
export function isRecovering(tenant: Tenant): boolean {
  return phases[tenant.phase].failed && !hasUnfinishedWork(tenant);
}

/** Returns true where a sweep has to take the tenant up, now or later. */
export function isScheduled(tenant: Tenant): boolean {
  return hasUnfinishedWork(tenant) || isRecovering(tenant);
}

/** The longest pause of an operation, and the longest before a failed tenant is looked at again. Milliseconds. */
export const LONGEST_WORK_PAUSE_MS = 10 * 60_000;
export const LONGEST_RECOVERY_PAUSE_MS = 60 * 60_000;

/**
 * Returns true where the tenant is due. A time farther ahead than the longest pause was written while a clock was ahead, and
 * does not count.
 */
export function isDue(tenant: Tenant, now: string): boolean {
  const { next_at = now } = tenant;
  const longest = isRecovering(tenant) ? LONGEST_RECOVERY_PAUSE_MS : LONGEST_WORK_PAUSE_MS;
  return next_at <= now || next_at > addMs(now, longest);
}

/**
 * Returns the tenant with the times of an operation that was requested while a clock was ahead moved to now. Otherwise the
 * operation would be retried, and looked at too often, until the clock is there.
 */
export function withoutFutureRequest(tenant: Tenant, now: string): Tenant {
  const { operation } = tenant;
  const { requested_at, deadline_at } = operation;
  if (requested_at <= addMs(now, CLOCK_TOLERANCE_MS) || operation.state !== 'running') return tenant;
  const moved = deadline_at && addMs(now, Date.parse(deadline_at) - Date.parse(requested_at));
  return { ...tenant, operation: { ...operation, requested_at: now, ...(moved && { deadline_at: moved }) } };
}

/** How many times as long as a lease lasts it may seem to last, while clocks differ. */
const LEASE_TOLERANCE = 4;

/** Returns true while a lease is held. One that ends later than a lease can was written while a clock was ahead. */
export function isHeld({ expires_at }: LeaseRecord, now: string, leaseMs: number): boolean {
  return expires_at > now && expires_at <= addMs(now, LEASE_TOLERANCE * leaseMs);
}

/** Returns the operations of the item that have ended, without repetitions, the oldest first. */
export function endedOperations(tenant: Tenant): Operation[] {
  const ended = [...tenant.outbox, tenant.operation].filter(({ state }) => state !== 'running');
  return [...new Map(ended.map((operation) => [operation.operation_id, operation])).values()];
}

/** Returns the history's entry for an operation of this tenant; with a time to live where the tenant is destroyed. */
export function historyEntry(tenant: Tenant, operation: Operation): HistoryEntry & { ttl: number | undefined } {
  const { desired, outbox_revision, phase, updated_at } = tenant;
  return {
    operation,
    revision: [desired, outbox_revision].find((one) => one?.operation_id === operation.operation_id),
    ttl: phases[phase].exists ? undefined : tombstoneTtl(updated_at),
  };
}

/** Returns true for a tenant of which something should run, so that its health is watched. */
export function isWatched({ phase, serving }: Pick<Tenant, 'phase' | 'serving'>): boolean {
  return phases[phase].observed && serving !== undefined;
}

/** Returns how closely a tenant is looked at. */
function watchedOf(tenant: Tenant): IndexedSummary['watched'] {
  const { health } = tenant;
  if (!isWatched(tenant)) return undefined;
  if (health?.trouble === 'Unreachable' && !health.pending) return 'unreachable';
  return health?.observed_at !== undefined && !health.trouble && !health.pending ? 'settled' : 'unsettled';
}

/** Returns a tenant as indexes keep it. */
export function summarize(tenant: Tenant): IndexedSummary {
  const { tenant_id, provider_type, phase, desired, conditions, endpoints, created_at, updated_at, place } = tenant;
  const { health = 'unknown', observed_at = null, restart_count = 0 } = tenant.health ?? {};
  const watched = watchedOf(tenant);
  const condition = conditions.find(({ type }) => type === 'Ready');
  return {
    tenant_id,
    provider_type,
    phase,
    ready: condition?.status ?? false,
    reason: condition?.reason ?? 'Unknown',
    health,
    observed_at,
    restart_count,
    revision: desired.revision,
    spec_hash: desired.spec_hash,
    labels: desired.spec.labels ?? {},
    endpoints,
    created_at,
    updated_at,
    ...(place && { place: placeDigest(place) }),
    ...(watched && { watched }),
    ...(isOfRollout(tenant) && { of_rollout: true }),
  };
}
