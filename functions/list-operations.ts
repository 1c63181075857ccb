import * as z from 'zod';
import { operation } from './runtime/operation.ts';
import { LimitQuery, TenantPath } from './runtime/parameters.ts';
import { OperationView, viewOperation } from './runtime/tenant-view.ts';

/** Operations, newest first. */
export const OperationList = z.object({ operations: z.array(OperationView) });
type OperationList = z.output<typeof OperationList>;

export const handler = operation({
  name: 'list-operations',
  path: TenantPath,
  query: LimitQuery,
  async run({ path, query, tenants }) {
    const operations = await tenants.operations(path.tenant_id, query.limit);
    const body: OperationList = { operations: operations.map(viewOperation) };
    return { status: 200, body };
  },
});
