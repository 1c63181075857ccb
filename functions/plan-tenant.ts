import { parseSpec } from '../src/compute/spec/check-spec.ts';
import { changes } from './runtime/events/changes.ts';
import { operation } from './runtime/http/operation.ts';
import type { PlanView } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'plan-tenant',
  uses: changes,
  body: parseSpec,
  async run({ body, tenants, signal }) {
    const plan: PlanView = await tenants.plan(body, { signal });
    return { status: 200, body: plan };
  },
});
