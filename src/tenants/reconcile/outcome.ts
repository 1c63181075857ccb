import type { ProvisionResult, UpdateResult } from '../../compute/results.ts';
import { addMs } from '../clock.ts';
import { operationId } from '../model/ids.ts';
import type { Failure, Operation } from '../model/operation.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { hasUnfinishedWork } from '../model/tenant-state.ts';
import { healthOfNewVersion } from '../watch/next-health.ts';
import type { AttemptResult } from './attempt.ts';
import { cutShort } from './size-limits.ts';

type Done = Extract<AttemptResult, { kind: 'done' }>;

const MAX_RETRIES_KEPT = 10;
/** When a failed tenant is looked at for the first time: see recovery.ts. Milliseconds. */
const FIRST_LOOK_MS = 60_000;

/** Returns the tenant with its operation succeeded. */
export function succeededTenant(tenant: Tenant, done: Done, now: string): Tenant {
  const { desired, provisioned_at } = tenant;
  const { endsIn } = kindOf(tenant.operation);
  const { exists, settled } = phases[endsIn];
  const reached = settled ? { revision: desired.revision, spec_hash: desired.spec_hash } : tenant.serving;
  const ended: Tenant = {
    ...tenant,
    phase: endsIn,
    operation: { ...tenant.operation, state: 'succeeded', ended_at: now, message: done.message, gate: undefined },
    serving: exists ? reached : undefined,
    health: settled ? healthOfNewVersion(tenant.health, now) : undefined,
    endpoints: exists ? done.endpoints : [],
    resource_ids: exists ? done.resource_ids : {},
    ...(exists ? { provisioned_at: settled ? (provisioned_at ?? now) : provisioned_at } : { destroyed_at: now }),
  };
  const result = resultOf(ended, done, now);
  return result ? { ...ended, operation: { ...ended.operation, result } } : ended;
}

/** Returns the tenant with its operation failed for good. It is looked at again in a minute. */
export function failedTenant(tenant: Tenant, error: Failure, now: string): Tenant {
  const attempts = tenant.operation.attempts + 1;
  const ended = { state: 'failed', ended_at: now, message: error.message, error, gate: undefined } as const;
  const operation: Operation = { ...tenant.operation, ...ended, attempts };
  return { ...tenant, phase: 'failed', operation, next_at: addMs(now, FIRST_LOOK_MS) };
}

/** Returns a failed tenant that serves after all, with an operation that says so: it begins and ends with this write. */
export function recoveredTenant(tenant: Tenant, done: Done, now: string): Tenant {
  const { tenant_id, incarnation, desired, serving } = tenant;
  const seq = tenant.operation.seq + 1;
  const operation: Operation = {
    operation_id: operationId(tenant_id, incarnation, seq),
    tenant_id,
    incarnation,
    seq,
    type: serving ? 'heal' : 'provision',
    state: 'running',
    revision: desired.revision,
    actor: 'berth:recovery',
    requested_at: now,
    applied: true,
    attempts: 0,
    retries: [],
    message: '',
  };
  const message = done.message || 'it serves, although its last operation had failed';
  const ended = succeededTenant({ ...tenant, operation, recovery: undefined }, { ...done, message }, now);
  return { ...ended, lease: undefined };
}

/** Returns the operation after a failed try that is followed by another, `pause` milliseconds later. */
export function retriedOperation(
  operation: Operation,
  { code, message }: Failure,
  { at, pause }: { at: string; pause: number },
): Operation {
  const retry = { at, code, message: cutShort(message), next_at: addMs(at, pause) };
  return {
    ...operation,
    attempts: operation.attempts + 1,
    retries: [...operation.retries, retry].slice(-MAX_RETRIES_KEPT),
    // A throttled look, or none, says nothing about the work that the provider accepted.
    applied: operation.applied && (code === 'throttled' || code === 'place_changed'),
  };
}

/** Returns the tenant without its lease where the write leaves nothing to do. */
export function releaseIfFinished(tenant: Tenant): Tenant {
  return hasUnfinishedWork(tenant) ? tenant : { ...tenant, lease: undefined };
}

/** The request determines the shape of the result, not the calls that led to it. */
function resultOf(tenant: Tenant, { message, changes }: Done, now: string): ProvisionResult | UpdateResult | undefined {
  const { tenant_id, provider_type, operation } = tenant;
  switch (kindOf(operation).result) {
    case 'provision':
      return provisionResultOf(tenant, 'success', message);
    case 'update':
      return { tenant_id, provider_type, status: 'success', changes, message, updated_at: now };
    case undefined:
      return undefined;
  }
}

/** Returns a tenant in the shape of a provision's result. */
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
