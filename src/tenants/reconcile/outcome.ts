import type { ProvisionResult, UpdateResult } from '../../compute/results.ts';
import { addMs } from '../decide/decide.ts';
import type { Failure, Operation } from '../model/operation.ts';
import type { Tenant } from '../model/tenant.ts';
import type { AttemptResult } from './attempt.ts';
import { cutShort } from './size-limits.ts';

type Done = Extract<AttemptResult, { kind: 'done' }>;

/** The tenant with its operation succeeded. */
export function readyTenant(tenant: Tenant, done: Done, now: string): Tenant {
  const { desired } = tenant;
  const operation = { ...tenant.operation, state: 'succeeded' as const, ended_at: now, message: done.message };
  if (operation.type === 'destroy') {
    return {
      ...tenant,
      phase: 'destroyed',
      operation,
      serving: undefined,
      endpoints: [],
      resource_ids: {},
      destroyed_at: now,
    };
  }
  const ready: Tenant = {
    ...tenant,
    phase: 'ready',
    serving: { revision: desired.revision, spec_hash: desired.spec_hash },
    endpoints: done.endpoints,
    resource_ids: done.resource_ids,
    provisioned_at: tenant.provisioned_at ?? now,
  };
  return { ...ready, operation: { ...operation, result: resultOf(ready, done, now) } };
}

/** The tenant with its operation failed for good. */
export function failedTenant(tenant: Tenant, error: Failure, now: string): Tenant {
  const operation: Operation = { ...tenant.operation, state: 'failed', ended_at: now, message: error.message, error };
  return { ...tenant, phase: 'failed', operation };
}

/** The operation after a try that failed and is followed by another. */
export function retriedOperation(
  operation: Operation,
  { code, message }: Failure,
  { at, pause }: { at: string; pause: number },
): Operation {
  const retries = [...operation.retries, { at, code, message: cutShort(message), next_at: addMs(at, pause) }].slice(
    -10,
  );
  // A look that was throttled says nothing of the work that the provider took on.
  const applied = operation.applied && code === 'throttled';
  return { ...operation, attempts: operation.attempts + 1, retries, applied };
}

/** What the caller asked for decides the shape of the answer; how it was reached does not. */
function resultOf(tenant: Tenant, { message, changes }: Done, now: string): ProvisionResult | UpdateResult {
  const { tenant_id, provider_type, operation } = tenant;
  if (operation.type === 'provision') return provisionResultOf(tenant, 'success', message);
  return { tenant_id, provider_type, status: 'success', changes, message, updated_at: now };
}

/** A tenant in the shape that answers a provision. */
export function provisionResultOf(tenant: Tenant, status: ProvisionResult['status'], message: string): ProvisionResult {
  const { tenant_id, provider_type, resource_ids, endpoints, provisioned_at, created_at } = tenant;
  return {
    tenant_id,
    provider_type,
    status,
    resource_ids,
    endpoints,
    message,
    provisioned_at: provisioned_at ?? created_at,
  };
}
