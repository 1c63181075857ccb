import { validateComputeSpec } from '../src/index.ts';
import { operation } from './runtime/operation.ts';

export const handler = operation({
  name: 'plan-tenant',
  body: validateComputeSpec,
  async run({ body, tenants, signal }) {
    return { status: 200, body: await tenants.plan(body, { signal }) };
  },
});
