import { TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Registry } from '../compute/registry.ts';
import type { Reconciler } from '../tenants/reconcile/reconciler.ts';
import type { TenantReader } from '../tenants/tenant-reader.ts';
import type { EventEnvelope } from './envelope.ts';

export interface ProviderEventDependencies {
  registry: Registry;
  manager: Manager;
  tenants: TenantReader;
  reconciler: Reconciler;
  signal: AbortSignal;
}

/** `reconciled`: at least one tenant was reconciled. `foreign`: the event concerns no tenant of this installation. */
export type ProviderEventDisposition = 'reconciled' | 'foreign';

/**
 * Serves an event of a compute backend, such as an ECS deployment that completed. The event is only a hint that its tenant
 * may have changed: the tenant is reconciled by what its provider answers now. So the event may be late, repeated, out of
 * order or forged. Throws if the store fails.
 */
export async function serveProviderEvent(
  { source, 'detail-type': detail_type, resources, detail }: EventEnvelope,
  { registry, manager, tenants, reconciler, signal }: ProviderEventDependencies,
): Promise<ProviderEventDisposition> {
  let disposition: ProviderEventDisposition = 'foreign';
  for (const name of registry.list()) {
    const tenantId = registry.get(name).tenantOf?.({ source, detail_type, resources, detail });
    if (tenantId === undefined || !(await isOn(tenants, tenantId, name))) continue;
    manager.forgetStatus(tenantId, name);
    await reconciler.reconcile(tenantId, { signal });
    disposition = 'reconciled';
  }
  return disposition;
}

async function isOn(tenants: TenantReader, tenantId: string, provider: string): Promise<boolean> {
  try {
    return (await tenants.get(tenantId)).provider_type === provider;
  } catch (error) {
    if (error instanceof TenantNotFoundError) return false;
    throw error;
  }
}
