import { operation } from './runtime/http/operation.ts';
import { operationPathShape, waitQueryShape } from './runtime/http/shapes.ts';
import { viewOperation } from './runtime/http/tenant-view.ts';

export const handler = await operation({
  name: 'get-operation',
  path: operationPathShape,
  query: waitQueryShape,
  async run({ path, query, tenants, signal }) {
    const found = await tenants.operation(path.operation_id, { waitMs: query.wait * 1000, signal });
    return { status: 200, body: viewOperation(found) };
  },
});
