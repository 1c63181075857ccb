import { readInput } from '../src/compute/shape.ts';
import { changes } from './runtime/changes.ts';
import { updateAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';
import { rollbackRequestShape, tenantPathShape } from './runtime/shapes.ts';

export const handler = await operation({
  name: 'rollback-tenant',
  uses: changes,
  isConditional: true,
  path: tenantPathShape,
  body: (input) => readInput(rollbackRequestShape, input),
  run: async ({ path, body, tenants, caller }) =>
    updateAnswer(await tenants.rollback(path.tenant_id, body.revision, caller)),
});
