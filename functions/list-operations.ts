import { operation } from './runtime/http/operation.ts';
import { limitQueryShape, tenantPathShape } from './runtime/http/shapes.ts';
import { viewOperation } from './runtime/http/tenant-view.ts';
import type { OperationList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-operations',
  path: tenantPathShape,
  query: limitQueryShape,
  async run({ path, query, tenants }) {
    const operations = await tenants.operations(path.tenant_id, query.limit);
    const body: OperationList = { operations: operations.map(viewOperation) };
    return { status: 200, body };
  },
});
