import type { ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/record.ts';
import { reconcile } from './reconcile.ts';

/** The longest pause between passes: other hosts may change the tenant too, and their wake signals do not arrive here. */
const MAX_PAUSE_MS = 250;

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
      const { record, nextIn } = await reconcile(context, tenantId);
      const remaining = deadline - performance.now();
      if (until(record) || remaining <= 0) return record;
      await wake.within(Math.min(nextIn, remaining, MAX_PAUSE_MS));
    } finally {
      wake.close();
    }
  }
}

/** Listens for wake signals from now on, so that one that arrives during a pass ends the pause after it. */
function awaitWake({ wake }: ProviderContext, tenantId: string, signal: AbortSignal | undefined) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onTenant = (id: string) => id === tenantId && resolve();
  const onAbort = () => resolve();
  let timer: NodeJS.Timeout | undefined;
  wake.on('tenant', onTenant);
  signal?.addEventListener('abort', onAbort);
  return {
    within(limitMs: number): Promise<void> {
      timer = setTimeout(resolve, limitMs);
      return promise;
    },
    close(): void {
      clearTimeout(timer);
      wake.off('tenant', onTenant);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
