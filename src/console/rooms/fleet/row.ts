import type { Tenant, TenantSummary } from '../../api/types.ts';
import { openableUrls, reasonOf, type Standing } from '../../tenants/state.ts';

/** What the fleet shows of a tenant. */
export interface Row extends Standing {
  tenant_id: string;
  provider_type: string;
  revision: number;
  restart_count: number;
  /** The address to open. */
  url: string | undefined;
  created_at: string;
  updated_at: string;
}

/** Converts an entry of the list of tenants. */
export function toRow(summary: TenantSummary): Row {
  const { tenant_id, provider_type, phase, health, reason, revision, restart_count, created_at, updated_at } = summary;
  const [url] = openableUrls(summary.endpoints);
  return { tenant_id, provider_type, phase, health, reason, revision, restart_count, url, created_at, updated_at };
}

/** Converts a tenant that was read alone. */
export function tenantToRow(tenant: Tenant): Row {
  const { tenant_id, provider_type, phase, health, revision, restart_count, created_at, updated_at } = tenant;
  const [url] = openableUrls(tenant.endpoints);
  const reason = reasonOf(tenant);
  return { tenant_id, provider_type, phase, health, reason, revision, restart_count, url, created_at, updated_at };
}
