import { InvalidSpecError } from '../src/compute/errors.ts';
import { parseSpec } from '../src/compute/spec/check-spec.ts';
import { changes } from './runtime/events/changes.ts';
import { updateAnswer } from './runtime/http/mutation.ts';
import { operation } from './runtime/http/operation.ts';
import { tenantPathShape } from './runtime/http/shapes.ts';

export const handler = await operation({
  name: 'update-tenant',
  uses: changes,
  isConditional: true,
  path: tenantPathShape,
  body: parseSpec,
  async run({ path, body, tenants, caller }) {
    if (path.tenant_id !== body.tenant_id) {
      throw new InvalidSpecError([
        { pointer: '/tenant_id', message: 'tenant_id must equal the tenant_id of the path' },
      ]);
    }
    return updateAnswer(await tenants.update(body, caller));
  },
});
