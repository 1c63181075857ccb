import type { Tenant } from '../model/tenant.ts';
import { hasUnfinishedWork, historyEntry } from '../model/tenant-state.ts';
import type { Store } from '../store/store.ts';
import type { Lease } from './lease.ts';

/** Puts operations that gave way into the history. */
export async function settle(holding: Lease, store: Store): Promise<void> {
  const { outbox } = holding.tenant;
  if (outbox.length === 0) return;
  for (const operation of outbox) await store.putHistory(historyEntry(holding.tenant, operation));
  const settled = new Set(outbox.map((operation) => operation.operation_id));
  await holding.write((now) => {
    const rest = now.outbox.filter((operation) => !settled.has(operation.operation_id));
    return released({ ...now, outbox: rest });
  });
}

/** Gives the lease back with the write that leaves nothing to do. */
export function released(tenant: Tenant): Tenant {
  return hasUnfinishedWork(tenant) ? tenant : { ...tenant, lease: undefined };
}
