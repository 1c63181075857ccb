import { readInput } from '../src/compute/spec/shape.ts';
import { changes } from './runtime/events/changes.ts';
import { updateAnswer } from './runtime/http/mutation.ts';
import { operation } from './runtime/http/operation.ts';
import { rollbackRequestShape, tenantPathShape } from './runtime/http/shapes.ts';

export const handler = await operation({
  name: 'rollback-tenant',
  uses: changes,
  isConditional: true,
  path: tenantPathShape,
  body: (input) => readInput(rollbackRequestShape, input),
  run: async ({ path, body, tenants, caller }) =>
    updateAnswer(await tenants.rollback(path.tenant_id, body.revision, caller)),
});
