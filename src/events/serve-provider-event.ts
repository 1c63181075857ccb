import { TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Registry } from '../compute/registry.ts';
import type { Converger } from '../tenants/converge.ts';
import type { TenantReader } from '../tenants/tenant-reader.ts';
import type { EventEnvelope } from './envelope.ts';

export interface ProviderEventDesk {
  registry: Registry;
  manager: Manager;
  tenants: TenantReader;
  converger: Converger;
  signal: AbortSignal;
}

/** `converged`: a tenant was looked at. `foreign`: it is about nothing of Berth's. */
export type ProviderEventDisposition = 'converged' | 'foreign';

/**
 * Serves an event of a compute backend. It is a hint, not news: whatever it says, the tenant is looked at, and only what the
 * provider answers counts. So it may come twice, late, in any order, or be made up. Throws where the store fails.
 */
export async function serveProviderEvent(
  { source, 'detail-type': detail_type, resources, detail }: EventEnvelope,
  { registry, manager, tenants, converger, signal }: ProviderEventDesk,
): Promise<ProviderEventDisposition> {
  let disposition: ProviderEventDisposition = 'foreign';
  for (const name of registry.list()) {
    const tenantId = registry.get(name).tenantOf?.({ source, detail_type, resources, detail });
    if (tenantId === undefined || !(await isOn(tenants, tenantId, name))) continue;
    manager.forgetStatus(tenantId, name);
    await converger.converge(tenantId, { signal });
    disposition = 'converged';
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
