import * as z from 'zod';
import { Endpoint } from '../compute/results.ts';
import { Phase, type Tenant } from './tenant.ts';

/** What a list shows of a tenant. */
export const TenantSummary = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  phase: Phase,
  ready: z.boolean(),
  /** Why it is not ready, or how it is. */
  reason: z.string(),
  revision: z.int(),
  spec_hash: z.string(),
  labels: z.record(z.string(), z.string()),
  endpoints: z.array(Endpoint),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type TenantSummary = z.infer<typeof TenantSummary>;

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
