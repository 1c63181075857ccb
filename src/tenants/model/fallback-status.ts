import type { ComputeStatus } from '../../compute/results.ts';
import { phases } from './phases.ts';
import type { Tenant } from './tenant.ts';

/**
 * Returns the status of a tenant that is on record while its provider has nothing of it: it is not there yet, was removed,
 * or is missing.
 */
export function fallbackStatus(tenant: Tenant, now: string): ComputeStatus {
  const { tenant_id, provider_type, phase, operation, desired } = tenant;
  const state = phases[phase].fallbackState;
  const message =
    operation.error?.message ?? operation.retries.at(-1)?.message ?? `nothing is there; the tenant is ${phase}`;
  return {
    tenant_id,
    provider_type,
    state,
    containers: desired.spec.containers.map(({ name }) => {
      return { name, state, ready: false, restart_count: 0, message: '' };
    }),
    health: 'unknown',
    endpoints: [],
    last_updated: now,
    metadata: { message },
  };
}
