import type { Operation } from './operation.ts';
import type { HistoryEntry, Tenant } from './tenant.ts';

export const PHASES = ['provisioning', 'ready', 'updating', 'destroying', 'destroyed', 'failed'] as const;

/** For how long a destroyed tenant, and its history, can still be read. */
export const TOMBSTONE_SECONDS = 30 * 24 * 3600;

/** When what is kept of a tenant that was destroyed at that time goes, in epoch seconds. */
export function tombstoneTtl(destroyedAt: string): number {
  return Math.floor(Date.parse(destroyedAt) / 1000) + TOMBSTONE_SECONDS;
}

export function isRunning(tenant: Tenant): boolean {
  return tenant.operation.state === 'running';
}

export function hasUnfinishedWork(tenant: Tenant): boolean {
  return isRunning(tenant) || tenant.outbox.length > 0;
}

/** What the history is to keep of an operation of this tenant, and until when, if it is destroyed. */
export function historyEntry(tenant: Tenant, operation: Operation): HistoryEntry & { ttl: number | undefined } {
  const { desired, phase, updated_at } = tenant;
  return {
    operation,
    revision: desired.operation_id === operation.operation_id ? desired : undefined,
    ttl: phase === 'destroyed' ? tombstoneTtl(updated_at) : undefined,
  };
}
