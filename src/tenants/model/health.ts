import * as z from 'zod';
import { Health } from '../../compute/results.ts';

/**
 * Why a tenant is degraded although no operation failed:
 * - `CrashLoop`: its containers end again and again, also while one is up for a moment;
 * - `Unhealthy`: it does not run, or its health checks fail;
 * - `Missing`: its provider holds nothing of it;
 * - `Unreachable`: its provider could not be asked, so its health is unknown.
 */
export const Trouble = z.enum(['CrashLoop', 'Unhealthy', 'Missing', 'Unreachable']);
export type Trouble = z.infer<typeof Trouble>;

/** A state of health. `message`: the provider's words, for people. */
export const HealthState = z.object({
  health: Health,
  /** Absent where nothing is wrong. */
  trouble: Trouble.optional(),
  message: z.string().default(''),
  /** The first look that found this state. */
  since: z.iso.datetime(),
});
export type HealthState = z.infer<typeof HealthState>;

/** What looks at a tenant found: watch/next-health.ts decides it. */
export const HealthRecord = HealthState.extend({
  /** The latest look that was recorded. Looks that found no change are in the record of their round. */
  observed_at: z.iso.datetime().optional(),
  /** How often the provider restarted its containers, as far as the provider tells. */
  restart_count: z.int().default(0),
  /** The latest looks that found more restarts than before, and how many more. */
  restarts: z.array(z.object({ at: z.iso.datetime(), by: z.int() })).default([]),
  /** Another state, which counts once it has held for long enough. */
  pending: HealthState.optional(),
  /** How often the tenant became degraded or recovered in this life. Makes announcements distinct. */
  changes: z.int().default(0),
});
export type HealthRecord = z.infer<typeof HealthRecord>;
