import { InvalidSpecError } from '../src/compute/errors.ts';
import { updateAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { TenantPath } from './runtime/http/parameters.ts';
import { specification } from './runtime/http/read-body.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'update-tenant',
  uses: changes,
  isConditional: true,
  path: TenantPath,
  body: specification,
  async run({ path, body, tenants, caller }) {
    if (path.tenant_id !== body.tenant_id) {
      throw new InvalidSpecError([
        { pointer: '/tenant_id', message: 'tenant_id must equal the tenant_id of the path' },
      ]);
    }
    return updateAnswer(await tenants.update(body, caller));
  },
});
