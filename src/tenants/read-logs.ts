import { TenantNotFoundError } from '../compute/errors.ts';
import type { LogOptions, Manager } from '../compute/manager.ts';
import type { LogPage } from '../compute/results.ts';
import type { TenantReader } from './tenant-reader.ts';

/** A page of what a tenant's containers wrote, from the provider on record. Throws `TenantNotFoundError`, `UnsupportedError`. */
export async function readLogs(
  { tenants, manager }: { tenants: TenantReader; manager: Manager },
  tenantId: string,
  options: LogOptions = {},
): Promise<LogPage> {
  const { phase, provider_type } = await tenants.get(tenantId);
  if (phase === 'destroyed') throw new TenantNotFoundError(tenantId);
  return manager.getTenantLogs(tenantId, provider_type, options);
}
