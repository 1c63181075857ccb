import * as z from 'zod';

/** `replace`: others take the place of running containers. `in_place`: all containers that stay keep running. */
export const Effect = z.enum(['in_place', 'replace']);
export type Effect = z.infer<typeof Effect>;

/** One value that would change. Without `before` it is new; without `after` it is removed. */
export const PlannedChange = z.object({
  pointer: z.string().describe('Into the given specification; of what is gone, into the one that is desired now'),
  before: z.json().optional(),
  after: z.json().optional(),
  effect: Effect,
});
export type PlannedChange = z.infer<typeof PlannedChange>;

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
