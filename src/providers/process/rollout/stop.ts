import { TenantNotFoundError } from '../../../compute/errors.ts';
import { isForeign, isOtherIncarnation } from '../../../compute/labels.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/record.ts';
import { stopTenant } from '../records/transitions.ts';
import { endMarked } from '../supervise/orphans.ts';
import { reconcileUntil } from '../supervise/reconcile-until.ts';

/**
 * `Provider.stop`: records that the tenant is stopped, so that no host starts it, and reconciles until its processes have
 * ended or the wait is over. What is left of them is ended in the background.
 */
export async function stop(context: ProviderContext, tenantId: string, call: ProviderCall): Promise<void> {
  const limitMs = await context.store.locked(tenantId, () => beginStop(context, tenantId, call));
  if (limitMs === undefined) return;
  // A record in another phase was started or destroyed meanwhile.
  const until = (record: TenantRecord | undefined) => record?.phase !== 'stopped' || record.stopping.length === 0;
  await reconcileUntil(context, tenantId, { until, limitMs, signal: call.signal });
}

/** Writes the phase `stopped`. Returns how long to wait, in milliseconds; undefined where the call changes nothing. */
async function beginStop(
  context: ProviderContext,
  tenantId: string,
  { installation, incarnation }: ProviderCall,
): Promise<number | undefined> {
  const record = await context.store.read(tenantId);
  if (!record) await endMarked(context, tenantId, installation); // its record was lost
  if (!record || record.phase === 'destroying' || isForeign(record.installation, installation)) {
    throw new TenantNotFoundError(tenantId);
  }
  if (isOtherIncarnation(record.incarnation, incarnation)) return undefined; // the call is late
  const config = configOf(context, record.spec);
  if (record.phase !== 'stopped') {
    stopTenant(record, config, Date.now());
    await context.store.write(record);
  }
  return config.ready_wait_seconds * 1000;
}
