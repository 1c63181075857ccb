import { messageOf } from '../compute/errors.ts';
import type { Logger } from '../compute/logger.ts';
import { pollPause } from './backoff.ts';
import type { Holding } from './holding.ts';
import type { Announce, Clock } from './ports.ts';
import type { Store } from './store.ts';
import type { Tenant } from './tenant.ts';
import { hasUnfinishedWork, historyEntry } from './tenant-state.ts';

export interface SettleOptions {
  store: Store;
  logger: Logger;
  clock: Clock;
  announce?: Announce | undefined;
}

/**
 * Puts ended operations where they belong: those that gave way into the history, all of them to whoever listens. Answers
 * the pause after which to try again, if the listener could not be told.
 */
export async function settle(holding: Holding, options: SettleOptions): Promise<number | undefined> {
  const { store, announce, logger, clock } = options;
  const { outbox, operation: latest } = holding.tenant;
  if (outbox.length === 0) return undefined;
  for (const operation of outbox) {
    if (operation.operation_id !== latest.operation_id) await store.putHistory(historyEntry(holding.tenant, operation));
    try {
      await announce?.(operation, holding.tenant);
    } catch (error) {
      const { operation_id, tenant_id } = operation;
      const fields = { component: 'tenant-converger', operation_id, tenant_id, error: messageOf(error) };
      logger.warn('announcement failed', fields);
      return pollPause(clock.now() - Date.parse(operation.ended_at ?? holding.tenant.updated_at));
    }
  }
  const settled = new Set(outbox.map((operation) => operation.operation_id));
  await holding.write((now) => {
    const rest = now.outbox.filter((operation) => !settled.has(operation.operation_id));
    return released({ ...now, outbox: rest });
  });
  return undefined;
}

/** Gives the lease back with the write that leaves nothing to do. */
export function released(tenant: Tenant): Tenant {
  return hasUnfinishedWork(tenant) ? tenant : { ...tenant, lease: undefined };
}
