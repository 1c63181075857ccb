import type { ComputeStatus, TenantState } from '../../compute/results.ts';
import type { Phase, Tenant } from './tenant.ts';

const states: Record<Phase, TenantState> = {
  provisioning: 'starting',
  ready: 'unknown',
  updating: 'unknown',
  destroying: 'stopping',
  destroyed: 'stopped',
  failed: 'failed',
};

/** The status of a tenant that we know of while its provider has nothing of it: not there yet, no longer there, or gone missing. */
export function fallbackStatus(tenant: Tenant, now: string): ComputeStatus {
  const state = states[tenant.phase];
  const message =
    tenant.operation.error?.message ??
    tenant.operation.retries.at(-1)?.message ??
    `nothing is there; the tenant is ${tenant.phase}`;
  return {
    tenant_id: tenant.tenant_id,
    provider_type: tenant.provider_type,
    state,
    containers: tenant.desired.spec.containers.map(({ name }) => ({
      name,
      state,
      ready: false,
      restart_count: 0,
      message: '',
    })),
    health: 'unknown',
    endpoints: [],
    last_updated: now,
    metadata: { message },
  };
}
