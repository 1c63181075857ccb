import * as z from 'zod';
import { LogLine } from '../src/index.ts';
import { readLogs } from '../src/tenants/read-logs.ts';
import { operation } from './runtime/operation.ts';
import { LogsQuery, TenantPath } from './runtime/parameters.ts';

/** Lines that containers wrote, oldest first. */
export const LogPage = z.object({
  lines: z.array(LogLine),
  next_cursor: z.string().nullable().describe('Gives what comes after these lines, also later'),
});
type LogPage = z.output<typeof LogPage>;

export const handler = operation({
  name: 'get-tenant-logs',
  path: TenantPath,
  query: LogsQuery,
  async run({ path, query, signal, tenants, manager }) {
    const page = await readLogs({ tenants, manager }, path.tenant_id, { ...query, signal });
    const body: LogPage = { lines: page.lines, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
