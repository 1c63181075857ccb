import * as z from 'zod';

/** `replace`: others take the place of running containers. `in_place`: all containers that stay keep running. */
export const Effect = z.enum(['in_place', 'replace']);
export type Effect = z.infer<typeof Effect>;

/** One value that differs between two specifications. Without `before` it is new; without `after` it is removed. */
export const SpecChange = z.object({
  pointer: z.string().describe('Into the second specification; of what is gone, into the first one'),
  before: z.json().optional(),
  after: z.json().optional(),
});
export type SpecChange = z.infer<typeof SpecChange>;

/** One value that would change. */
export const PlannedChange = SpecChange.extend({
  pointer: z.string().describe('Into the given specification; of what is gone, into the one that is desired now'),
  effect: Effect,
});
export type PlannedChange = z.infer<typeof PlannedChange>;

/** The differences between two revisions of a tenant. */
export const RevisionDiff = z.object({
  tenant_id: z.string(),
  from: z.int().describe('The first revision'),
  to: z.int().describe('The second revision'),
  changes: z.array(SpecChange),
});
export type RevisionDiff = z.infer<typeof RevisionDiff>;

/** The effects that a provision or an update with a specification would have. */
export const TenantPlan = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  action: z.enum(['provision', 'update', 'none']),
  revision: z.int().nullable().describe('The revision that is desired now; null where the tenant is not there'),
  changes: z.array(PlannedChange),
  warnings: z.array(z.string()),
});
export type TenantPlan = z.infer<typeof TenantPlan>;
