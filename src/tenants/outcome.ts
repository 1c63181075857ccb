import type { ProvisionResult, UpdateResult } from '../compute/results.ts';
import type { Progress } from './attempt.ts';
import type { Failure, Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';

type Done = Extract<Progress, { kind: 'done' }>;

/** The tenant with its operation succeeded. */
export function readyTenant(tenant: Tenant, done: Done, now: string): Tenant {
  const { operation, desired } = tenant;
  const ended = { ...operation, state: 'succeeded' as const, ended_at: now, message: done.message };
  if (operation.type === 'destroy') {
    return {
      ...tenant,
      phase: 'destroyed',
      operation: ended,
      serving: undefined,
      endpoints: [],
      resource_ids: {},
      destroyed_at: now,
    };
  }
  const { endpoints, resource_ids } = done;
  const serving = { revision: desired.revision, spec_hash: desired.spec_hash };
  return {
    ...tenant,
    phase: 'ready',
    operation: { ...ended, result: resultOf(tenant, done, now) },
    serving,
    endpoints,
    resource_ids,
  };
}

/** The tenant with its operation failed for good. */
export function failedTenant(tenant: Tenant, error: Failure, now: string): Tenant {
  const operation: Operation = { ...tenant.operation, state: 'failed', ended_at: now, message: error.message, error };
  return { ...tenant, phase: 'failed', operation };
}

/** What the caller asked for decides the shape of the answer; how it was reached does not. */
function resultOf(
  { operation, tenant_id, provider_type }: Tenant,
  done: Done,
  now: string,
): ProvisionResult | UpdateResult {
  const { endpoints, resource_ids, message, changes } = done;
  if (operation.type === 'provision') {
    return { tenant_id, provider_type, status: 'success', resource_ids, endpoints, message, provisioned_at: now };
  }
  return { tenant_id, provider_type, status: 'success', changes, message, updated_at: now };
}
