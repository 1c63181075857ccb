import { operation } from './runtime/http/operation.ts';
import { LogsQuery, TenantPath } from './runtime/http/parameters.ts';
import type { LogsView } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'get-tenant-logs',
  path: TenantPath,
  query: LogsQuery,
  async run({ path, query, signal, tenants }) {
    const page = await tenants.logs(path.tenant_id, { ...query, signal });
    const body: LogsView = { lines: page.lines, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
