import { destroyAnswer } from './runtime/http/mutation-answers.ts';
import { operation } from './runtime/http/operation.ts';
import { ProviderQuery, TenantPath } from './runtime/http/parameters.ts';
import { changes } from './runtime/setup/changes.ts';

export const handler = await operation({
  name: 'destroy-tenant',
  uses: changes,
  isConditional: true,
  path: TenantPath,
  query: ProviderQuery,
  async run({ path, query, registry, tenants, caller }) {
    if (query.provider) registry.get(query.provider);
    return destroyAnswer(await tenants.destroy(path.tenant_id, caller, query));
  },
});
