import {
  InvalidSpecError,
  OperationInProgressError,
  RevisionConflictError,
  StaleRequestError,
  TenantExistsError,
  TenantNotFoundError,
} from '../../compute/errors.ts';
import { equalJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { changedFields, specHash } from '../../compute/spec/spec-diff.ts';
import { conditionsOf } from '../model/conditions.ts';
import type { Operation, OperationType } from '../model/operation.ts';
import { operationId } from '../model/operation-id.ts';
import type { LeaseRecord, Phase, Revision, Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';

/** What somebody wants of a tenant. */
export type Change =
  | { type: 'provision' | 'update'; spec: TenantComputeSpec }
  | { type: 'rollback'; spec: TenantComputeSpec; rollback_of: number }
  /** `orphan`: only if no tenant of that id is there. */
  | { type: 'destroy'; provider_type?: string | undefined; orphan?: boolean | undefined }
  | { type: 'heal'; message: string };

type Destroy = Extract<Change, { type: 'destroy' }>;

export interface ChangeRequest {
  tenant_id: string;
  wish: Change;
  actor: string;
  request_id?: string | undefined;
  /** When it was asked for, where the request itself says so (an event does): then what is older than the latest is refused. */
  requested_at?: string | undefined;
  /** The revision that the caller believes the tenant to be at. */
  if_match?: number | undefined;
  idempotency?: Operation['idempotency'];
}

/** What a new operation needs from outside, so that the decision can be a pure function. */
export interface DecisionContext {
  now: string;
  /** For a tenant that begins a new life. */
  incarnation: string;
  /** Who wants to do the work at once, if nobody else has the lease. */
  holder: string;
  lease_ms: number;
  /** How long failures of a provision or an update are tried again. */
  deadline_ms: number;
}

/**
 * - `accepted`: `tenant` is to be written; it carries a running operation, and the lease if it was free.
 * - `joined`: the same was asked for before, and its operation goes on. `tenant` is to be written if it is not what it was.
 * - `unchanged`: it is so already. `tenant` likewise.
 * - `absent`: destroying nothing.
 */
export type Decision =
  | { kind: 'accepted'; tenant: Tenant }
  | { kind: 'joined'; tenant: Tenant }
  | { kind: 'unchanged'; tenant: Tenant }
  | { kind: 'absent' };

/** What a request means for a tenant as it is. Throws the error that the caller is to get. Pure: the same input, the same answer. */
export function decide(
  current: Tenant | undefined,
  request: ChangeRequest,
  circumstances: () => DecisionContext,
): Decision {
  if (current && request.requested_at !== undefined && request.requested_at < current.last_requested_at) {
    throw new StaleRequestError(
      `tenant ${current.tenant_id} was last asked for something at ${current.last_requested_at}`,
    );
  }
  checkRevision(current, request);
  const decision = decideWish(current, request, circumstances);
  return 'tenant' in decision ? { ...decision, tenant: asked(decision.tenant, request) } : decision;
}

function decideWish(
  current: Tenant | undefined,
  request: ChangeRequest,
  circumstances: () => DecisionContext,
): Decision {
  const { wish } = request;
  switch (wish.type) {
    case 'provision':
      return decideProvision(current, request, wish.spec, circumstances);
    case 'update':
    case 'rollback':
      return decideUpdate(current, request, wish.spec, circumstances);
    case 'destroy':
      return decideDestroy(current, request, wish, circumstances);
    case 'heal':
      return decideHeal(current, request, circumstances);
  }
}

/** The tenant, and when it was last asked for something: also a request that changes nothing makes older ones stale. */
function asked(tenant: Tenant, { requested_at }: ChangeRequest): Tenant {
  const isLatest = requested_at !== undefined && requested_at > tenant.last_requested_at;
  return isLatest ? { ...tenant, last_requested_at: requested_at } : tenant;
}

function checkRevision(current: Tenant | undefined, { tenant_id, if_match }: ChangeRequest): void {
  if (if_match === undefined) return;
  const actual = current && current.phase !== 'destroyed' ? current.desired.revision : undefined;
  if (actual === undefined) throw new RevisionConflictError(`tenant ${tenant_id} does not exist`);
  if (actual !== if_match)
    throw new RevisionConflictError(`tenant ${tenant_id} is at revision ${actual}, not ${if_match}`);
}

function decideProvision(
  current: Tenant | undefined,
  request: ChangeRequest,
  spec: TenantComputeSpec,
  at: () => DecisionContext,
): Decision {
  if (!current || current.phase === 'destroyed')
    return { kind: 'accepted', tenant: begin(current, request, 'provisioning', at, spec) };
  const isSame = isDesired(current, spec);
  if (isRunning(current)) {
    if (isSame && current.operation.type !== 'destroy') return { kind: 'joined', tenant: current };
    throw inProgress(current);
  }
  if (current.phase === 'failed') {
    refuseOtherProvider(current, spec);
    const phase = current.serving ? 'updating' : 'provisioning';
    return { kind: 'accepted', tenant: begin(current, request, phase, at, spec) };
  }
  if (isSame) return { kind: 'unchanged', tenant: current };
  throw new TenantExistsError(
    `${current.tenant_id}, with another specification (revision ${current.desired.revision})`,
  );
}

function decideUpdate(
  current: Tenant | undefined,
  request: ChangeRequest,
  spec: TenantComputeSpec,
  at: () => DecisionContext,
): Decision {
  if (!current || current.phase === 'destroyed') throw new TenantNotFoundError(request.tenant_id);
  refuseOtherProvider(current, spec);
  const isSame = isDesired(current, spec);
  if (isRunning(current)) {
    if (isSame && current.operation.type !== 'destroy') return { kind: 'joined', tenant: current };
    throw inProgress(current);
  }
  if (isSame && current.phase === 'ready') return { kind: 'unchanged', tenant: current };
  return { kind: 'accepted', tenant: begin(current, request, 'updating', at, spec) };
}

/** As by their hashes, which take ten times as long to make. */
function isDesired({ desired }: Tenant, spec: TenantComputeSpec): boolean {
  return equalJson(desired.spec, spec);
}

/**
 * Destroying nothing needs no record, unless the request says when it was made (then what was asked for earlier, and comes
 * later, must find that it is stale) or which provider to look at (then resources that no tenant owns are removed).
 */
function decideDestroy(
  current: Tenant | undefined,
  request: ChangeRequest,
  wish: Destroy,
  at: () => DecisionContext,
): Decision {
  const isGone = !current || current.phase === 'destroyed';
  if (wish.orphan && !isGone) return { kind: 'absent' };
  if (isGone && request.requested_at === undefined && wish.provider_type === undefined) return { kind: 'absent' };
  if (current && isRunning(current) && current.operation.type === 'destroy') return { kind: 'joined', tenant: current };
  return { kind: 'accepted', tenant: begin(current, request, 'destroying', at) };
}

function decideHeal(current: Tenant | undefined, request: ChangeRequest, at: () => DecisionContext): Decision {
  if (current?.phase !== 'ready' || isRunning(current)) return { kind: 'absent' };
  return { kind: 'accepted', tenant: begin(current, request, 'updating', at) };
}

function inProgress({ tenant_id, operation }: Tenant): OperationInProgressError {
  const { operation_id: operationId, type } = operation;
  return new OperationInProgressError(`${type} of tenant ${tenant_id} (operation ${operationId})`, { operationId });
}

function refuseOtherProvider(current: Tenant, spec: TenantComputeSpec): void {
  if (spec.provider_type === current.provider_type) return;
  throw new InvalidSpecError([
    {
      pointer: '/provider_type',
      message: `provider_type of a tenant cannot change: it is ${current.provider_type}; destroy the tenant and provision it anew`,
    },
  ]);
}

/** The tenant with a new operation that runs towards what the request wants. */
function begin(
  current: Tenant | undefined,
  request: ChangeRequest,
  phase: Phase,
  circumstances: () => DecisionContext,
  spec?: TenantComputeSpec,
): Tenant {
  const at = circumstances();
  const isNew = !current || (current.phase === 'destroyed' && request.wish.type !== 'destroy');
  const incarnation = isNew ? at.incarnation : current.incarnation;
  const seq = isNew ? 1 : current.operation.seq + 1;
  const operation_id = operationId(request.tenant_id, incarnation, seq);
  const desired = desiredRevision(current, request, { operation_id, incarnation, created_at: at.now }, spec);
  const lease = freeLease(current, at);
  const requested_at = request.requested_at ?? at.now;
  const { wish } = request;
  const isOrphan = current?.phase === 'destroyed' && wish.type === 'destroy' && wish.provider_type !== undefined;
  const operation: Operation = {
    operation_id,
    tenant_id: request.tenant_id,
    incarnation,
    seq,
    type: wish.type satisfies OperationType,
    state: 'running',
    ...(wish.type !== 'destroy' && { revision: desired.revision, deadline_at: addMs(at.now, at.deadline_ms) }),
    actor: request.actor,
    request_id: request.request_id,
    requested_at,
    applied: false,
    attempts: 0,
    retries: [],
    message: wish.type === 'heal' ? wish.message : '',
    idempotency: request.idempotency,
  };
  const kept = isNew ? undefined : current;
  const tenant: Tenant = {
    tenant_id: request.tenant_id,
    incarnation,
    provider_type: (isOrphan && wish.provider_type) || desired.spec.provider_type,
    phase,
    desired,
    serving: kept?.serving,
    operation,
    outbox: [...(current?.outbox ?? []), ...cancelled(kept, at.now)],
    lease: lease ?? kept?.lease,
    fence: lease?.fence ?? current?.fence ?? 0,
    next_at: lease ? lease.expires_at : at.now,
    endpoints: kept?.endpoints ?? [],
    resource_ids: kept?.resource_ids ?? {},
    conditions: kept?.conditions ?? [],
    created_at: kept?.created_at ?? at.now,
    provisioned_at: kept?.provisioned_at,
    updated_at: at.now,
    last_requested_at: current && current.last_requested_at > requested_at ? current.last_requested_at : requested_at,
  };
  return { ...tenant, conditions: conditionsOf(tenant, at.now) };
}

function desiredRevision(
  current: Tenant | undefined,
  { tenant_id, actor, wish }: ChangeRequest,
  made: Pick<Revision, 'operation_id' | 'incarnation' | 'created_at'>,
  spec: TenantComputeSpec | undefined,
): Revision {
  if (!spec) {
    if (current) return current.desired;
    return { ...made, revision: 0, spec: nothing(tenant_id, wish), spec_hash: '', actor, changed: [] };
  }
  const before = current?.phase === 'destroyed' ? undefined : current?.desired;
  const spec_hash = specHash(spec);
  if (before?.spec_hash === spec_hash) return before;
  return {
    ...made,
    revision: (current?.desired.revision ?? 0) + 1, // goes on after a destruction, so that an old ETag never fits a new life
    spec,
    spec_hash,
    actor,
    changed: before ? changedFields(before.spec, spec) : [],
    ...(wish.type === 'rollback' && { rollback_of: wish.rollback_of }),
  };
}

/** The specification of revision 0: a tenant that never was, and that somebody destroys. No provider ever sees it. */
function nothing(tenant_id: string, wish: Change): TenantComputeSpec {
  const provider_type = (wish.type === 'destroy' && wish.provider_type) || '';
  return { tenant_id, provider_type, containers: [], resources: { cpu: 0, memory: 0 } };
}

/** The running operation that gives way, ended. */
function cancelled(current: Tenant | undefined, now: string): Operation[] {
  if (!current || !isRunning(current)) return [];
  const error = {
    code: 'operation_cancelled' as const,
    fault: 'caller' as const,
    retryable: false,
    usable: false,
    message: 'operation cancelled: a destroy took its place',
    hint: 'Provision the tenant again if it is still wanted.',
  };
  return [{ ...current.operation, state: 'cancelled', ended_at: now, error }];
}

function freeLease(current: Tenant | undefined, at: DecisionContext): LeaseRecord | undefined {
  if (current?.lease && current.lease.expires_at > at.now) return undefined;
  return { holder: at.holder, fence: (current?.fence ?? 0) + 1, expires_at: addMs(at.now, at.lease_ms) };
}

/** A time so many milliseconds after another. */
export function addMs(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}
