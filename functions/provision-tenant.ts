import { validateComputeSpec } from '../src/index.ts';
import { operation } from './runtime/operation.ts';

const statuses = { created: 201, in_progress: 202, unchanged: 200 } as const;

export const handler = operation({
  name: 'provision-tenant',
  body: validateComputeSpec,
  async run({ body, tenants, signal }) {
    const { outcome, result } = await tenants.provision(body, { signal });
    return { status: statuses[outcome], body: result };
  },
});
