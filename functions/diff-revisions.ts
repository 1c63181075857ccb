import { operation } from './runtime/http/operation.ts';
import { DiffQuery, TenantPath } from './runtime/http/parameters.ts';

export const handler = await operation({
  name: 'diff-revisions',
  path: TenantPath,
  query: DiffQuery,
  run: async ({ path, query, tenants }) => ({ status: 200, body: await tenants.diff(path.tenant_id, query) }),
});
