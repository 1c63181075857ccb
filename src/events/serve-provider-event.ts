import { TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Registry } from '../compute/registry.ts';
import type { Tenant } from '../tenants/model/tenant.ts';
import { isRunning } from '../tenants/model/tenant-state.ts';
import type { Reconciler } from '../tenants/reconcile/reconciler.ts';
import type { TenantReader } from '../tenants/tenant-reader.ts';
import type { Watch } from '../tenants/watch/watch.ts';
import type { EventEnvelope } from './envelope.ts';

export interface ProviderEventDependencies {
  registry: Registry;
  manager: Manager;
  tenants: TenantReader;
  reconciler: Reconciler;
  watch: Pick<Watch, 'lookAtOne'>;
  signal: AbortSignal;
}

/** `reconciled`: at least one tenant was reconciled. `foreign`: the event concerns no tenant of this installation. */
export type ProviderEventDisposition = 'reconciled' | 'foreign';

/**
 * Serves an event of a compute backend, such as an ECS deployment that completed. The event is only a hint that its tenant
 * may have changed: the tenant is reconciled by what its provider answers now. So the event may be late, repeated, out of
 * order or forged. A tenant without a running operation is looked at, too: it may have crashed, or be well again. Throws if
 * the store fails.
 */
export async function serveProviderEvent(
  { source, 'detail-type': detail_type, resources, detail }: EventEnvelope,
  { registry, manager, tenants, reconciler, watch, signal }: ProviderEventDependencies,
): Promise<ProviderEventDisposition> {
  let disposition: ProviderEventDisposition = 'foreign';
  for (const name of registry.list()) {
    const tenantId = registry.get(name).tenantOf?.({ source, detail_type, resources, detail });
    if (tenantId === undefined || !(await find(tenants, tenantId, name))) continue;
    manager.forgetStatus(tenantId, name);
    await reconciler.reconcile(tenantId, { signal });
    const tenant = await find(tenants, tenantId, name);
    if (tenant && !isRunning(tenant)) await watch.lookAtOne(tenant, signal);
    disposition = 'reconciled';
  }
  return disposition;
}

/** Returns the tenant, or undefined where there is none of that id on the provider. */
async function find(tenants: TenantReader, tenantId: string, provider: string): Promise<Tenant | undefined> {
  try {
    const tenant = await tenants.get(tenantId);
    return tenant.provider_type === provider ? tenant : undefined;
  } catch (error) {
    if (error instanceof TenantNotFoundError) return undefined;
    throw error;
  }
}
