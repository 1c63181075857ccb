import { checkSpec } from '../src/compute/check-spec.ts';
import { changes } from './runtime/changes.ts';
import { operation } from './runtime/operation.ts';
import type { PlanView } from './runtime/views.ts';

export const handler = await operation({
  name: 'plan-tenant',
  uses: changes,
  body: checkSpec,
  async run({ body, tenants, signal }) {
    const plan: PlanView = await tenants.plan(body, { signal });
    return { status: 200, body: plan };
  },
});
