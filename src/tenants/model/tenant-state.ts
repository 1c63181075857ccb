import { placeDigest } from '../../compute/place/place.ts';
import type { Operation } from './operation.ts';
import { phases } from './phases.ts';
import type { IndexedSummary } from './summary.ts';
import type { HistoryEntry, Tenant } from './tenant.ts';

/** How long a destroyed tenant, and its history, can still be read. */
export const TOMBSTONE_SECONDS = 30 * 24 * 3600;

/** Returns when the records of a tenant expire that was destroyed at that time, in epoch seconds. */
export function tombstoneTtl(destroyedAt: string): number {
  return Math.floor(Date.parse(destroyedAt) / 1000) + TOMBSTONE_SECONDS;
}

export function isRunning({ operation }: Pick<Tenant, 'operation'>): boolean {
  return operation.state === 'running';
}

/** Returns true where an operation runs, or where a cancelled one has yet to move into the history. */
export function hasUnfinishedWork(tenant: Tenant): boolean {
  return isRunning(tenant) || tenant.outbox.length > 0;
}

/** Returns the operations of the item that have ended, without repetitions, the oldest first. */
export function endedOperations(tenant: Tenant): Operation[] {
  const ended = [...tenant.outbox, tenant.operation].filter(({ state }) => state !== 'running');
  return [...new Map(ended.map((operation) => [operation.operation_id, operation])).values()];
}

/** Returns the history's entry for an operation of this tenant; with a time to live where the tenant is destroyed. */
export function historyEntry(tenant: Tenant, operation: Operation): HistoryEntry & { ttl: number | undefined } {
  const { desired, phase, updated_at } = tenant;
  return {
    operation,
    revision: desired.operation_id === operation.operation_id ? desired : undefined,
    ttl: phases[phase].exists ? undefined : tombstoneTtl(updated_at),
  };
}

/** Returns a tenant as indexes keep it. */
export function summarize(tenant: Tenant): IndexedSummary {
  const { tenant_id, provider_type, phase, desired, conditions, endpoints, created_at, updated_at, place } = tenant;
  const condition = conditions.find(({ type }) => type === 'Ready');
  return {
    tenant_id,
    provider_type,
    phase,
    ready: condition?.status ?? false,
    reason: condition?.reason ?? 'Unknown',
    revision: desired.revision,
    spec_hash: desired.spec_hash,
    labels: desired.spec.labels ?? {},
    endpoints,
    created_at,
    updated_at,
    ...(place && { place: placeDigest(place) }),
  };
}
