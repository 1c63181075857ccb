import { etagOf } from './runtime/mutation.ts';
import { operation } from './runtime/operation.ts';
import { TenantPath } from './runtime/parameters.ts';
import { viewTenant } from './runtime/tenant-view.ts';

export const handler = operation({
  name: 'get-tenant',
  path: TenantPath,
  async run({ path, tenants }) {
    const tenant = await tenants.get(path.tenant_id);
    return { status: 200, body: viewTenant(tenant), headers: { etag: etagOf(tenant) } };
  },
});
