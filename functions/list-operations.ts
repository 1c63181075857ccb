import { operation } from './runtime/operation.ts';
import { LimitQuery, TenantPath } from './runtime/parameters.ts';
import { viewOperation } from './runtime/tenant-view.ts';

export const handler = operation({
  name: 'list-operations',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const operations = await tenants.operations(path.tenant_id, query.limit);
    return { status: 200, body: { operations: operations.map(viewOperation) } };
  },
});
