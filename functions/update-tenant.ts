import { InvalidSpecError, validateComputeSpec } from '../src/index.ts';
import { updateAnswer } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';
import { TenantPath } from './runtime/parameters.ts';

export const handler = operation({
  name: 'update-tenant',
  isConditional: true,
  path: TenantPath,
  body: validateComputeSpec,
  async run({ path, body, tenants, caller }) {
    if (path.tenant_id !== body.tenant_id) {
      throw new InvalidSpecError([
        { pointer: '/tenant_id', message: 'tenant_id must equal the tenant_id of the path' },
      ]);
    }
    return updateAnswer(await tenants.update(body, caller));
  },
});
