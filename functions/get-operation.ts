import { operation } from './runtime/http/operation.ts';
import { OperationPath, WaitQuery } from './runtime/http/parameters.ts';
import { viewOperation } from './runtime/http/record-views.ts';

export const handler = await operation({
  name: 'get-operation',
  path: OperationPath,
  query: WaitQuery,
  async run({ path, query, tenants, signal }) {
    const found = await tenants.operation(path.operation_id, { waitMs: query.wait * 1000, signal });
    return { status: 200, body: viewOperation(found) };
  },
});
