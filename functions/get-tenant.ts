import { etagOf } from './runtime/http/caller.ts';
import { operation } from './runtime/http/operation.ts';
import { tenantPathShape } from './runtime/http/shapes.ts';
import { viewTenant } from './runtime/http/tenant-view.ts';

export const handler = await operation({
  name: 'get-tenant',
  path: tenantPathShape,
  async run({ path, tenants }) {
    const tenant = await tenants.get(path.tenant_id);
    return { status: 200, body: viewTenant(tenant), headers: { etag: etagOf(tenant) } };
  },
});
