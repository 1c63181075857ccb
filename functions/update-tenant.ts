import { checkSpec } from '../src/compute/check-spec.ts';
import { InvalidSpecError } from '../src/compute/errors.ts';
import { changes } from './runtime/changes.ts';
import { updateAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';
import { tenantPathShape } from './runtime/shapes.ts';

export const handler = await operation({
  name: 'update-tenant',
  uses: changes,
  isConditional: true,
  path: tenantPathShape,
  body: checkSpec,
  async run({ path, body, tenants, caller }) {
    if (path.tenant_id !== body.tenant_id) {
      throw new InvalidSpecError([
        { pointer: '/tenant_id', message: 'tenant_id must equal the tenant_id of the path' },
      ]);
    }
    return updateAnswer(await tenants.update(body, caller));
  },
});
