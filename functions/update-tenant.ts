import { validateComputeSpec } from '../src/index.ts';
import { operation } from './runtime/operation.ts';
import { TenantPath } from './runtime/parameters.ts';

export const handler = operation({
  name: 'update-tenant',
  path: TenantPath,
  body: validateComputeSpec,
  async run({ path, body, tenants, signal }) {
    const result = await tenants.update(path.tenant_id, body, { signal });
    return { status: result.status === 'in_progress' ? 202 : 200, body: result };
  },
});
