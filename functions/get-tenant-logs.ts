import { readLogs } from '../src/tenants/read-logs.ts';
import { operation } from './runtime/operation.ts';
import { logsQueryShape, tenantPathShape } from './runtime/shapes.ts';
import type { LogsView } from './runtime/views.ts';

export const handler = await operation({
  name: 'get-tenant-logs',
  path: tenantPathShape,
  query: logsQueryShape,
  async run({ path, query, signal, tenants, manager }) {
    const page = await readLogs({ tenants, manager }, path.tenant_id, { ...query, signal });
    const body: LogsView = { lines: page.lines, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
