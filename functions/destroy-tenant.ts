import { operation } from './runtime/operation.ts';
import { ProviderQuery, TenantPath } from './runtime/parameters.ts';

export const handler = operation({
  name: 'destroy-tenant',
  path: TenantPath,
  query: ProviderQuery,
  async run({ path, query, tenants, signal }) {
    const left = await tenants.destroy(path.tenant_id, query.provider, { signal });
    return left ? { status: 202, body: left } : { status: 204 };
  },
});
