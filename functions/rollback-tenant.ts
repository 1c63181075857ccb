import { updateAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { TenantPath } from './runtime/http/parameters.ts';
import { rollbackRequest } from './runtime/http/read-body.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'rollback-tenant',
  uses: changes,
  isConditional: true,
  path: TenantPath,
  body: rollbackRequest,
  run: async ({ path, body, tenants, caller }) =>
    updateAnswer(await tenants.rollback(path.tenant_id, body.revision, caller)),
});
