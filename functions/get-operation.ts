import { operation } from './runtime/operation.ts';
import { OperationPath, WaitQuery } from './runtime/parameters.ts';
import { viewOperation } from './runtime/tenant-view.ts';

export const handler = operation({
  name: 'get-operation',
  path: OperationPath,
  query: WaitQuery,
  async run({ path, query, tenants, signal }) {
    const found = await tenants.operation(path.operation_id, { waitMs: query.wait * 1000, signal });
    return { status: 200, body: viewOperation(found) };
  },
});
