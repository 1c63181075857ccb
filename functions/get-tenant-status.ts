import { operation } from './runtime/http/operation.ts';
import { ProviderQuery, TenantPath } from './runtime/http/parameters.ts';

export const handler = await operation({
  name: 'get-tenant-status',
  path: TenantPath,
  query: ProviderQuery,
  async run({ path, query, headers, tenants, signal }) {
    const maxAge = headers['cache-control']?.includes('no-cache') ? 0 : undefined;
    const status = await tenants.status(path.tenant_id, { ...query, signal, maxAge });
    return { status: 200, body: status, headers: { age: secondsSince(status.last_updated) } };
  },
});

function secondsSince(time: string): string {
  return String(Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000)));
}
