import { updateAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { TenantPath } from './runtime/http/parameters.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'restart-tenant',
  uses: changes,
  isConditional: true,
  path: TenantPath,
  run: async ({ path, tenants, caller }) => updateAnswer(await tenants.restart(path.tenant_id, caller)),
});
