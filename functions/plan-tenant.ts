import * as z from 'zod';
import { validateComputeSpec } from '../src/index.ts';
import { PlannedChange, TenantPlan } from '../src/tenants/plan.ts';
import { operation } from './runtime/operation.ts';

/** A plan, whose values are any JSON. */
export const Plan = z.object({
  ...TenantPlan.shape,
  changes: z.array(z.object({ ...PlannedChange.shape, before: z.unknown().optional(), after: z.unknown().optional() })),
});
type Plan = z.output<typeof Plan>;

export const handler = operation({
  name: 'plan-tenant',
  body: validateComputeSpec,
  async run({ body, tenants, signal }) {
    const plan: Plan = await tenants.plan(body, { signal });
    return { status: 200, body: plan };
  },
});
