import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../compute/spec/spec-diff.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import { conditionsOf } from '../model/conditions.ts';
import { operationId } from '../model/ids.ts';
import type { Operation } from '../model/operation.ts';
import { operationKinds } from '../model/operation-kinds.ts';
import { exists } from '../model/phases.ts';
import type { LeaseRecord, Revision, Tenant } from '../model/tenant.ts';
import { isHeld, isRunning } from '../model/tenant-state.ts';
import type { Change, ChangeRequest, DecisionContext } from './change-request.ts';

/** Returns the tenant with a new operation that runs towards what the request wants. Pure. */
export function begin(current: Tenant | undefined, request: ChangeRequest, context: DecisionContext): Tenant {
  const { tenant_id, change } = request;
  const kind = operationKinds[change.type];
  const isNewLife = !current || (!exists(current) && kind.hasRevision);
  const kept = isNewLife ? undefined : current;
  const incarnation = kept?.incarnation ?? context.incarnation;
  const seq = (kept?.operation.seq ?? 0) + 1;
  const operation_id = operationId(tenant_id, incarnation, seq);
  const desired = desiredRevision(current, request, { operation_id, incarnation, created_at: context.now });
  const lease = freeLease(current, context);
  const requested_at = request.requested_at ?? context.now;
  const operation: Operation = {
    operation_id,
    tenant_id,
    incarnation,
    seq,
    type: change.type,
    state: 'running',
    ...(kind.hasRevision && { revision: desired.revision }),
    ...(kind.retries === 'until_deadline' && { deadline_at: addMs(context.now, context.deadline_ms) }),
    actor: request.actor,
    request_id: request.request_id,
    ...(request.requester && { requester: request.requester }),
    ...(!kind.hasRevision && !exists(current) && { of_no_tenant: true }),
    requested_at,
    applied: false,
    attempts: 0,
    retries: [],
    message: 'message' in change ? change.message : '',
    idempotency: request.idempotency,
  };
  const orphanOf = !exists(current) && 'provider_type' in change ? change.provider_type : undefined;
  const tenant: Tenant = {
    tenant_id,
    incarnation,
    provider_type: orphanOf || desired.spec.provider_type,
    place: exists(current) ? current.place : context.place,
    phase: kept?.serving ? kind.runsIn.serving : kind.runsIn.notServing,
    desired,
    serving: kept?.serving,
    operation,
    outbox: [...(current?.outbox ?? []), ...(kept && isRunning(kept) ? [cancelled(kept.operation, context.now)] : [])],
    lease: lease ?? kept?.lease,
    fence: lease?.fence ?? current?.fence ?? 0,
    next_at: lease ? lease.expires_at : context.now,
    endpoints: kept?.endpoints ?? [],
    resource_ids: kept?.resource_ids ?? {},
    conditions: kept?.conditions ?? [],
    created_at: kept?.created_at ?? context.now,
    provisioned_at: kept?.provisioned_at,
    updated_at: context.now,
    last_requested_at: latest(current?.last_requested_at, requested_at, context.now),
  };
  return { ...tenant, conditions: conditionsOf(tenant, context.now) };
}

/** Returns the later of two times of requests. A recorded one in the future is of a wrong clock, and does not count. */
function latest(recorded: string | undefined, requested: string, now: string): string {
  const isFuture = recorded !== undefined && recorded > addMs(now, CLOCK_TOLERANCE_MS);
  return recorded !== undefined && !isFuture && recorded > requested ? recorded : requested;
}

/** Returns the desired revision: the present one where the request has no specification or an equal one. */
function desiredRevision(
  current: Tenant | undefined,
  { tenant_id, actor, change }: ChangeRequest,
  made: Pick<Revision, 'operation_id' | 'incarnation' | 'created_at'>,
): Revision {
  if (!('spec' in change)) {
    if (current) return current.desired;
    return { ...made, revision: 0, spec: emptySpec(tenant_id, change), spec_hash: '', actor, changed: [] };
  }
  const { spec } = change;
  const before = exists(current) ? current.desired : undefined;
  const spec_hash = specHash(spec);
  if (before?.spec_hash === spec_hash) return before;
  return {
    ...made,
    // The number goes on after a destruction, so an old ETag never matches a new life.
    revision: (current?.desired.revision ?? 0) + 1,
    spec,
    spec_hash,
    actor,
    changed: before ? changedFields(before.spec, spec) : [],
    ...('rollback_of' in change && { rollback_of: change.rollback_of }),
  };
}

/** The specification of revision 0: a destroy was recorded for an id that never was a tenant. No provider sees it. */
function emptySpec(tenant_id: string, change: Change): TenantComputeSpec {
  const provider_type = ('provider_type' in change && change.provider_type) || '';
  return { tenant_id, provider_type, containers: [], resources: { cpu: 0, memory: 0 } };
}

/** The running operation, ended because the request takes its place. */
function cancelled(operation: Operation, now: string): Operation {
  const error = {
    code: 'operation_cancelled' as const,
    fault: 'caller' as const,
    retryable: false,
    usable: false,
    message: 'operation cancelled: a destroy took its place',
    hint: 'Provision the tenant again if it is still wanted.',
  };
  return { ...operation, state: 'cancelled', ended_at: now, error };
}

function freeLease(current: Tenant | undefined, context: DecisionContext): LeaseRecord | undefined {
  if (current?.lease && isHeld(current.lease, context.now, context.lease_ms)) return undefined;
  const expires_at = addMs(context.now, context.lease_ms);
  return { holder: context.holder, fence: (current?.fence ?? 0) + 1, expires_at };
}
