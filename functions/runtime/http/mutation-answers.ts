import type { Answered } from '../../../src/tenants/decide/mutation-result.ts';
import { fallbackStatus } from '../../../src/tenants/model/fallback-status.ts';
import type { Operation } from '../../../src/tenants/model/operation.ts';
import { OperationFailedError } from '../../../src/tenants/model/operation-failed.ts';
import { phases } from '../../../src/tenants/model/phases.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import { provisionResultOf } from '../../../src/tenants/reconcile/outcome.ts';
import type { MutationResult } from '../../../src/tenants/tenants.ts';
import type { Answer } from './answer.ts';
import { etagOf } from './caller.ts';
import { HttpError } from './http-error.ts';
import { viewOperation } from './record-views.ts';

/** Returns the answer to a provision: 201 done, 202 in progress, 200 if an identical tenant is already there. */
export function provisionAnswer(outcome: MutationResult): Answer {
  if (outcome.kind === 'none') throw new HttpError('internal');
  const { operation, tenant } = outcome;
  if (outcome.kind === 'unchanged') {
    return { status: 200, body: provisionResultOf(tenant, 'success', noteOf(tenant)), headers: headersOf(outcome) };
  }
  if (operation.state === 'running') {
    return {
      status: 202,
      body: provisionResultOf(tenant, 'in_progress', progressOf(operation)),
      headers: headersOf(outcome),
    };
  }
  throwIfFailed(operation);
  return { status: 201, body: operation.result, headers: headersOf(outcome) };
}

/** Returns the answer to an update, rollback, stop, start or restart: 200 done or no changes, 202 in progress. */
export function updateAnswer(outcome: MutationResult): Answer {
  if (outcome.kind === 'none') throw new HttpError('internal');
  const { operation, tenant } = outcome;
  const { tenant_id, provider_type, updated_at } = tenant;
  const about = { tenant_id, provider_type };
  if (outcome.kind === 'unchanged') {
    const body = { ...about, status: 'no_changes', changes: [], message: noteOf(tenant), updated_at };
    return { status: 200, body, headers: headersOf(outcome) };
  }
  if (operation.state === 'running') {
    const { changed: all, operation_id } = tenant.desired;
    const changed = operation_id === operation.operation_id ? all : [];
    const body = { ...about, status: 'in_progress', changes: changed, message: progressOf(operation), updated_at };
    return { status: 202, body, headers: headersOf(outcome) };
  }
  throwIfFailed(operation);
  return { status: 200, body: operation.result, headers: headersOf(outcome) };
}

/** Returns the answer to a destroy: 204 gone or never there, 202 in progress. */
export function destroyAnswer(outcome: MutationResult): Answer {
  if (outcome.kind === 'none') return { status: 204 };
  const { operation, tenant } = outcome;
  if (operation.state !== 'running') return { status: 204, headers: headersOf(outcome) };
  return { status: 202, body: fallbackStatus(tenant, tenant.updated_at), headers: headersOf(outcome) };
}

/** Returns the answer to a cancel: 202 with the operation that goes back, however far it is. */
export function cancelAnswer(outcome: MutationResult): Answer {
  if (outcome.kind === 'none') throw new HttpError('internal');
  return { status: 202, body: viewOperation(outcome.operation), headers: headersOf(outcome) };
}

/** Returns the path of the operation, and the revision on which to base the next update. */
function headersOf({ operation, revision }: Answered): Record<string, string> {
  return { location: `/v1/operations/${operation.operation_id}`, etag: etagOf(revision) };
}

/** Says of a tenant that is as requested what its caller may not expect. */
function noteOf({ phase }: Tenant): string {
  return phases[phase].stopped ? 'the tenant is stopped' : '';
}

function progressOf({ message, retries }: Operation): string {
  const retry = retries.at(-1);
  return retry ? `${retry.message}; trying again at ${retry.next_at}` : message;
}

function throwIfFailed({ state, error, operation_id }: Operation): void {
  if ((state !== 'failed' && state !== 'cancelled') || !error) return;
  if (error.code === 'internal') throw new HttpError('internal', `operation ${operation_id} failed`, {}, error);
  throw new OperationFailedError(error.code, error);
}
