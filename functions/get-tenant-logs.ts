import { readLogs } from '../src/tenants/read-logs.ts';
import { operation } from './runtime/operation.ts';
import { LogsQuery, TenantPath } from './runtime/parameters.ts';

export const handler = operation({
  name: 'get-tenant-logs',
  path: TenantPath,
  query: LogsQuery,
  async run({ path, query, signal, tenants, manager }) {
    const { lines, next_cursor = null } = await readLogs({ tenants, manager }, path.tenant_id, { ...query, signal });
    return { status: 200, body: { lines, next_cursor } };
  },
});
