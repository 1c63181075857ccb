import { operation } from './runtime/http/operation.ts';
import { LimitQuery, TenantPath } from './runtime/http/parameters.ts';
import { viewOperation } from './runtime/http/record-views.ts';
import type { OperationList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-operations',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const operations = await tenants.operations(path.tenant_id, query.limit);
    const body: OperationList = { operations: operations.map(viewOperation) };
    return { status: 200, body };
  },
});
