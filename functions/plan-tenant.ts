import { operation } from './runtime/http/operation.ts';
import { specification } from './runtime/http/read-body.ts';
import type { PlanView } from './runtime/http/views.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'plan-tenant',
  uses: changes,
  body: specification,
  async run({ body, tenants, signal }) {
    const plan: PlanView = await tenants.plan(body, { signal });
    return { status: 200, body: plan };
  },
});
