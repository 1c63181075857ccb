import { operation } from './runtime/http/operation.ts';
import { logsQueryShape, tenantPathShape } from './runtime/http/shapes.ts';
import type { LogsView } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'get-tenant-logs',
  path: tenantPathShape,
  query: logsQueryShape,
  async run({ path, query, signal, tenants }) {
    const page = await tenants.logs(path.tenant_id, { ...query, signal });
    const body: LogsView = { lines: page.lines, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
