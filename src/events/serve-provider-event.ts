import { TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Registry } from '../compute/registry.ts';
import type { Reconciler } from '../tenants/reconcile/reconciler.ts';
import type { TenantReader } from '../tenants/tenant-reader.ts';
import type { EventEnvelope } from './envelope.ts';

export interface ProviderEventDesk {
  registry: Registry;
  manager: Manager;
  tenants: TenantReader;
  reconciler: Reconciler;
  signal: AbortSignal;
}

/** `reconciled`: a tenant was looked at. `foreign`: it is about nothing of Berth's. */
export type ProviderEventDisposition = 'reconciled' | 'foreign';

/**
 * Serves an event of a compute backend. It is a hint, not news: whatever it says, the tenant is looked at, and only what the
 * provider answers counts. So it may come twice, late, in any order, or be made up. Throws where the store fails.
 */
export async function serveProviderEvent(
  { source, 'detail-type': detail_type, resources, detail }: EventEnvelope,
  { registry, manager, tenants, reconciler, signal }: ProviderEventDesk,
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
