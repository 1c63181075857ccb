import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/record.ts';
import { reconcile } from './reconcile.ts';

/** How often the record is looked at: other hosts may change the tenant too, and their wake signals do not arrive here. */
const LOOK_MS = 250;

export interface ReconcileUntilOptions {
  /** The condition to wait for. The record is `undefined` if the tenant does not exist. */
  until: (record: TenantRecord | undefined) => boolean;
  limitMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Reconciles a tenant until a condition holds or the time is over, and returns its last record. Throws the reason of an
 * aborted signal.
 */
export async function reconcileUntil(
  context: ProviderContext,
  tenantId: string,
  { until, limitMs, signal }: ReconcileUntilOptions,
): Promise<TenantRecord | undefined> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const wake = awaitWake(context, tenantId, signal);
    try {
      const { record, nextIn, stamp } = await reconcile(context, tenantId);
      const dueAt = Math.min(deadline, performance.now() + nextIn);
      if (until(record) || performance.now() >= deadline) return record;
      for (let left = dueAt - performance.now(); left > 0; left = dueAt - performance.now()) {
        const isWoken = await wake.within(Math.min(left, LOOK_MS));
        if (isWoken || context.store.stampOf(tenantId) !== stamp) break;
      }
    } finally {
      wake.close();
    }
  }
}

/** Listens for wake signals from now on, so that one that arrives during a pass ends the pause after it. */
function awaitWake({ wake }: ProviderContext, tenantId: string, signal: AbortSignal | undefined) {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onTenant = (id: string) => id === tenantId && resolve(true);
  const onAbort = () => resolve(true);
  let timer: NodeJS.Timeout | undefined;
  wake.on('tenant', onTenant);
  signal?.addEventListener('abort', onAbort);
  return {
    /** Returns false if the time is over. */
    within(limitMs: number): Promise<boolean> {
      const { promise: late, resolve: giveUp } = Promise.withResolvers<boolean>();
      timer = setTimeout(giveUp, limitMs, false);
      return Promise.race([promise, late]);
    },
    close(): void {
      clearTimeout(timer);
      wake.off('tenant', onTenant);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
