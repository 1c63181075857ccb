import * as z from 'zod';
import { Endpoint } from '../../compute/results.ts';
import { Phase } from './tenant.ts';

/** A tenant as lists show it. */
export const TenantSummary = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  phase: Phase,
  ready: z.boolean(),
  /** The reason of condition `Ready`. */
  reason: z.string(),
  revision: z.int(),
  spec_hash: z.string(),
  labels: z.record(z.string(), z.string()),
  endpoints: z.array(Endpoint),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type TenantSummary = z.infer<typeof TenantSummary>;

/** A summary as indexes keep it: with the digest of the tenant's place (`placeDigest`), which callers do not see. */
export interface IndexedSummary extends TenantSummary {
  place?: string | undefined;
}
