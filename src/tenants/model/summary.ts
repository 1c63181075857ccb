import * as z from 'zod';
import { Endpoint } from '../../compute/results.ts';
import { Phase } from './tenant.ts';

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
