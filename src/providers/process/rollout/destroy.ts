import { DestroyFailedError, ProviderFailedError } from '../../../compute/errors.ts';
import { isForeign, isOtherIncarnation } from '../../../compute/labels.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { DestroyResult } from '../../../compute/results.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import type { TenantRecord } from '../records/record.ts';
import { endMarked } from '../supervise/orphans.ts';
import { reconcileUntil } from '../supervise/reconcile-until.ts';

/** How long processes may take to disappear after SIGKILL. */
const KILL_TAKES_MS = 10_000;

/** `Provider.destroy`: records that the tenant has to go, and reconciles until it is gone. */
export async function destroy(
  context: ProviderContext,
  tenantId: string,
  call: ProviderCall = {},
): Promise<DestroyResult> {
  const before = await context.volumes.marks(tenantId);
  await endTenant(context, tenantId, call);
  const after = await context.volumes.marks(tenantId);
  const deleted_volumes = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return { deleted_volumes, kept_volumes: Object.keys(after) };
}

async function endTenant(context: ProviderContext, tenantId: string, origin: ProviderCall): Promise<void> {
  const graceMs = await context.store.locked(tenantId, () => beginDestroy(context, tenantId, origin));
  if (graceMs === undefined) return;
  // A record in another phase is that of a tenant that was provisioned anew.
  const isGoing = (record: TenantRecord | undefined) => record?.phase === 'destroying';
  const options = { until: (record: TenantRecord | undefined) => !isGoing(record), limitMs: graceMs + KILL_TAKES_MS };
  if (isGoing(await reconcileUntil(context, tenantId, options))) throw stuck(tenantId);
}

/**
 * Writes the phase `destroying`, so that another host continues if this one dies. Returns the longest grace period in
 * milliseconds; undefined if the tenant is gone already, or has another life. If the record is lost or damaged, it ends
 * the processes that carry the tenant's marks.
 */
async function beginDestroy(
  context: ProviderContext,
  tenantId: string,
  { installation, incarnation, retain_volumes = [] }: ProviderCall,
): Promise<number | undefined> {
  const { store, volumes } = context;
  const record = await store.read(tenantId).catch((error: unknown) => {
    if (!(error instanceof ProviderFailedError)) throw error;
  });
  if (isForeign(record?.installation, installation)) return undefined; // left alone
  if (!record) {
    if (!(await endMarked(context, tenantId, installation))) throw stuck(tenantId);
    await volumes.retain(tenantId, retain_volumes);
    await volumes.remove(tenantId, { installation });
    if (!(await store.isForeign(tenantId))) await store.remove(tenantId);
    return undefined;
  }
  if (isOtherIncarnation(record.incarnation, incarnation)) return undefined; // the call is late
  await volumes.retain(tenantId, retain_volumes); // before the record: another host may go on from there
  record.phase = 'destroying';
  await store.write(record);
  const specs = [record.spec, ...(record.rollout ? [record.rollout.spec] : [])];
  const graces = specs.map((spec) => configOf(context, spec).stop_grace_seconds * 1000);
  return Math.max(...graces, ...record.stopping.map(({ grace_ms }) => grace_ms));
}

function stuck(tenantId: string): DestroyFailedError {
  return new DestroyFailedError(`processes of ${tenantId} do not end even when killed`);
}
