import type { TenantSummary } from './summary.ts';
import type { Tenant } from './tenant.ts';

export function summaryOf(tenant: Tenant): TenantSummary {
  const condition = tenant.conditions.find(({ type }) => type === 'Ready');
  return {
    tenant_id: tenant.tenant_id,
    provider_type: tenant.provider_type,
    phase: tenant.phase,
    ready: condition?.status ?? false,
    reason: condition?.reason ?? 'Unknown',
    revision: tenant.desired.revision,
    spec_hash: tenant.desired.spec_hash,
    labels: tenant.desired.spec.labels ?? {},
    endpoints: tenant.endpoints,
    created_at: tenant.created_at,
    updated_at: tenant.updated_at,
  };
}
