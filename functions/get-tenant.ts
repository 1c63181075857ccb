import { etagOf } from './runtime/http/caller.ts';
import { operation } from './runtime/http/operation.ts';
import { TenantPath } from './runtime/http/parameters.ts';
import { viewTenant } from './runtime/http/record-views.ts';

export const handler = await operation({
  name: 'get-tenant',
  path: TenantPath,
  async run({ path, tenants }) {
    const tenant = await tenants.get(path.tenant_id);
    const health = await tenants.healthOf(tenant);
    return { status: 200, body: viewTenant(tenant, health), headers: { etag: etagOf(tenant.desired.revision) } };
  },
});
