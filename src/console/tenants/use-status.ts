import { http, read } from '../api/http.ts';
import { useResource } from '../api/resource.ts';

/** Returns the status of a tenant as its provider reports it, read again after `every` milliseconds. */
export function useStatus(tenant_id: string, every: number) {
  return useResource({
    key: tenant_id,
    tenantId: tenant_id,
    every,
    load: (signal) => read(http.GET('/v1/tenants/{tenant_id}/status', { params: { path: { tenant_id } }, signal })),
  });
}
