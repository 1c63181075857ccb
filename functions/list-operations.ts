import { operation } from './runtime/http/operation.ts';
import { PageQuery, TenantPath } from './runtime/http/parameters.ts';
import { viewOperation } from './runtime/http/record-views.ts';
import type { OperationList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-operations',
  path: TenantPath,
  query: PageQuery,
  async run({ path, query, tenants, caller }) {
    const page = await tenants.operationPage(path.tenant_id, { ...query, caller: caller.owner ?? caller.actor });
    const body: OperationList = { operations: page.entries.map(viewOperation), next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
