import * as z from 'zod';
import { COMMANDS, OUTCOMES, ROLLOUT_PHASES } from '../../../../src/rollouts/model/rollout.ts';
import { WAVE_STATES } from '../../../../src/rollouts/model/waves.ts';
import { Effect } from '../../../../src/tenants/decide/plan.ts';

const nextCursor = z.string().nullable().describe('The cursor of the next page; null on the last page');
const phase = z.enum(ROLLOUT_PHASES);
const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, z.int()])) as Record<
  (typeof OUTCOMES)[number],
  z.ZodInt
>;

/** What a rollout would do. */
export const RolloutPlanView = z.object({
  token: z.string().describe('Starts the rollout only while the selected tenants are as in this plan'),
  tenants: z.int().describe('How many are selected'),
  unchanged: z.int().describe('How many are as the change wants them already; they are skipped'),
  waves: z.array(z.object({ name: z.string(), tenants: z.int() })),
  changes: z.array(
    z.object({
      pointer: z.string().describe('Into the specification, with containers by name'),
      effect: Effect,
      tenants: z.int(),
    }),
  ),
  refused: z
    .array(z.object({ tenant_id: z.string(), code: z.string(), detail: z.string() }))
    .describe('Tenants that cannot take the change. A rollout with any of them does not start'),
  at_best_seconds: z.int().describe('The bakes, and the rounds at the median duration of the latest operations'),
  warnings: z.array(z.string()),
});
export type RolloutPlanView = z.output<typeof RolloutPlanView>;

const RolloutSpecView = z.object({
  select: z.object({
    labels: z.record(z.string(), z.string()).optional(),
    provider: z.string().optional(),
    tenant_ids: z.array(z.string()).optional(),
  }),
  change: z.record(z.string(), z.unknown()).describe('Env values are shown as [redacted]'),
  waves: z.array(
    z.object({ name: z.string(), size: z.string(), bake_seconds: z.int(), gate: z.enum(['auto', 'approval']) }),
  ),
  max_in_flight: z.int(),
  failure_budget: z.union([z.int(), z.string()]),
  on_failure: z.enum(['pause', 'undo']),
  not_before: z.string().optional(),
  not_after: z.string().optional(),
});

/** A rollout as callers see it. */
export const RolloutView = z.object({
  rollout_id: z.string(),
  phase,
  reason: z.string().describe('Why it is in this phase'),
  spec: RolloutSpecView,
  tenants: z.int().describe('How many are selected; 0 until they are counted'),
  waves: z.array(z.object({ name: z.string(), tenants: z.int(), ...counts, state: z.enum(WAVE_STATES) })),
  failures: z
    .array(z.object({ tenant_id: z.string(), wave: z.string(), detail: z.string() }))
    .describe('The first failures, at most 20'),
  possible: z.array(z.enum(COMMANDS)).describe('The commands that it takes now'),
  created_at: z.iso.datetime(),
  started_by: z.string(),
  ended_at: z.iso.datetime().nullable(),
});
export type RolloutView = z.output<typeof RolloutView>;

/** A rollout as lists show it. */
export const RolloutSummaryView = z.object({
  rollout_id: z.string(),
  phase,
  reason: z.string(),
  tenants: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  created_at: z.iso.datetime(),
  started_by: z.string(),
  ended_at: z.iso.datetime().nullable(),
});
export type RolloutSummaryView = z.output<typeof RolloutSummaryView>;

/** A page of rollouts, newest first. */
export const RolloutList = z.object({ rollouts: z.array(RolloutSummaryView), next_cursor: nextCursor });
export type RolloutList = z.output<typeof RolloutList>;

/** A page of the tenants of a rollout, in the order in which they are begun. */
export const RolloutTenantList = z.object({
  tenants: z.array(
    z.object({
      tenant_id: z.string(),
      wave: z.string(),
      outcome: z.enum(OUTCOMES),
      detail: z.string().describe('Why; empty where there is nothing to say'),
      from_revision: z.int().describe('The revision that was desired when the rollout started'),
      to_revision: z.int().nullable().describe('The revision that the rollout made; null if it made none'),
      operation_id: z.string().nullable(),
    }),
  ),
  next_cursor: nextCursor,
});
export type RolloutTenantList = z.output<typeof RolloutTenantList>;
