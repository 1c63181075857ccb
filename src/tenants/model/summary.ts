import * as z from 'zod';
import { Endpoint, Health } from '../../compute/results.ts';
import { Phase } from './tenant.ts';

/** A tenant as lists show it. */
export const TenantSummary = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  phase: Phase,
  ready: z.boolean(),
  /** The reason of condition `Ready`. */
  reason: z.string(),
  health: Health.describe('As last observed; unknown where no look happened'),
  observed_at: z.iso.datetime().nullable().describe('When its health was last observed; null if never'),
  restart_count: z.int().describe('How often its containers were restarted, as far as its provider tells'),
  revision: z.int(),
  spec_hash: z.string(),
  labels: z.record(z.string(), z.string()),
  endpoints: z.array(Endpoint),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type TenantSummary = z.infer<typeof TenantSummary>;

/** A summary as indexes keep it, with fields that callers do not see. */
export interface IndexedSummary extends TenantSummary {
  /** The digest of the tenant's place (`placeDigest`). */
  place?: string | undefined;
  /**
   * How closely the tenant is looked at; absent where nothing of it should run. `settled`: a glance is enough, unless it
   * shows a change. `unreachable`: its provider could not be asked.
   */
  watched?: 'settled' | 'unsettled' | 'unreachable' | undefined;
  /** A rollout asked for the running operation. */
  of_rollout?: true | undefined;
}
