import { equalJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../compute/spec/spec-diff.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import { conditionsOf } from '../model/conditions.ts';
import { operationId } from '../model/ids.ts';
import type { Failure, Operation } from '../model/operation.ts';
import { kindOf, operationKinds } from '../model/operation-kinds.ts';
import { exists } from '../model/phases.ts';
import { isPlainHash } from '../model/spec-hash.ts';
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
  const desired = desiredRevision(current, request, { operation_id, incarnation, created_at: context.now }, context);
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
    ...(request.rollout !== undefined && { rollout: request.rollout }),
    ...(!kind.hasRevision && !exists(current) && { of_no_tenant: true }),
    requested_at,
    applied: false,
    attempts: 0,
    retries: [],
    message: ('message' in change && change.message) || '',
    idempotency: request.idempotency,
  };
  const replaced = kept && isRunning(kept) ? kept : undefined;
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
    // Operations that ended earlier are in the history already: see `Tenants.#record`.
    outbox: replaced ? [endedBy(operation, request, replaced, context.now)] : [],
    outbox_revision: replaced && isMadeBy(replaced.operation, replaced.desired, desired) ? replaced.desired : undefined,
    lease: lease ?? kept?.lease,
    fence: lease?.fence ?? current?.fence ?? 0,
    next_at: lease ? lease.expires_at : context.now,
    health: kept?.health,
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

/** What an update of a stopped tenant says at once. */
const RECORDED = 'recorded: the tenant is stopped, and this revision comes up when it is started';

/**
 * Returns a stopped tenant with what the request wants recorded, and an operation that begins and ends with this write. No
 * provider is called: the revision comes up at the next start. Pure.
 */
export function recordForStart(current: Tenant, request: ChangeRequest, context: DecisionContext): Tenant {
  const begun = begin(current, request, context);
  const { tenant_id, provider_type, desired, operation } = begun;
  const { now } = context;
  const result = { tenant_id, provider_type, changes: desired.changed, message: RECORDED, updated_at: now };
  const { deadline_at: _, ...ended } = operation;
  const tenant: Tenant = {
    ...begun,
    phase: current.phase,
    operation: {
      ...ended,
      state: 'succeeded',
      ended_at: now,
      message: RECORDED,
      result: { ...result, status: 'success' },
    },
    lease: current.lease,
    fence: current.fence,
    next_at: current.next_at,
  };
  return { ...tenant, conditions: conditionsOf({ ...tenant, conditions: current.conditions }, now) };
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
  { hashOf }: Pick<DecisionContext, 'hashOf'>,
): Revision {
  if (!('spec' in change)) {
    if (current) return current.desired;
    return { ...made, revision: 0, spec: emptySpec(tenant_id, change), spec_hash: '', actor, changed: [] };
  }
  const { spec } = change;
  const before = exists(current) ? current.desired : undefined;
  if (before && equalJson(before.spec, spec)) return before;
  return {
    ...made,
    // The number goes on after a destruction, so an old ETag never matches a new life.
    revision: (current?.desired.revision ?? 0) + 1,
    spec,
    spec_hash: plainHashOf(current, change) ?? hashOf(spec),
    actor,
    changed: before ? changedFields(before.spec, spec) : [],
    ...('rollback_of' in change && { rollback_of: change.rollback_of }),
  };
}

/** Returns the digest with which an earlier version marked what serves, if that is the specification of the change. */
function plainHashOf(
  current: Tenant | undefined,
  change: Extract<Change, { spec: TenantComputeSpec }>,
): string | undefined {
  const given = 'plainHash' in change ? change.plainHash : undefined;
  const marked = given ?? (exists(current) ? current.serving?.spec_hash : undefined);
  return marked !== undefined && isPlainHash(marked) && marked === specHash(change.spec) ? marked : undefined;
}

/** The specification of revision 0: a destroy was recorded for an id that never was a tenant. No provider sees it. */
function emptySpec(tenant_id: string, change: Change): TenantComputeSpec {
  const provider_type = ('provider_type' in change && change.provider_type) || '';
  return { tenant_id, provider_type, containers: [], resources: { cpu: 0, memory: 0 } };
}

/** Returns true where the operation made a revision that is no longer the desired one. */
function isMadeBy({ operation_id }: Operation, revision: Revision, desired: Revision): boolean {
  return revision.operation_id === operation_id && revision.revision !== desired.revision;
}

/** Returns the running operation of a tenant, ended because a request takes its place. */
function endedBy(next: Operation, { change }: ChangeRequest, { operation, serving }: Tenant, now: string): Operation {
  const remains = operationKinds[change.type].endsIn === 'ready';
  const usable = serving !== undefined && remains && !kindOf(operation).repairs;
  const error: Failure = { fault: 'caller', retryable: false, usable, ...reasonFor(next, change) };
  return { ...operation, state: 'cancelled', ended_at: now, error };
}

function reasonFor({ operation_id, type }: Operation, change: Change): Pick<Failure, 'code' | 'message' | 'hint'> {
  const { cancelHint } = operationKinds[change.type];
  if (cancelHint !== undefined) {
    return { code: 'operation_cancelled', message: `operation cancelled: a ${type} took its place`, hint: cancelHint };
  }
  if ('cancels' in change && change.cancels) {
    return {
      code: 'operation_cancelled',
      message: `operation cancelled: the tenant goes back to revision ${change.rollback_of}`,
      hint: `Follow operation ${operation_id}, which goes back.`,
    };
  }
  return {
    code: 'operation_superseded',
    message: `operation superseded: a newer ${type} took its place`,
    hint: `Follow operation ${operation_id}, which took its place.`,
  };
}

function freeLease(current: Tenant | undefined, context: DecisionContext): LeaseRecord | undefined {
  if (current?.lease && isHeld(current.lease, context.now, context.lease_ms)) return undefined;
  const expires_at = addMs(context.now, context.lease_ms);
  return { holder: context.holder, fence: (current?.fence ?? 0) + 1, expires_at };
}
