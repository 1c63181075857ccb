import {
  InvalidSpecError,
  OperationInProgressError,
  RevisionConflictError,
  StaleRequestError,
  TenantExistsError,
  TenantNotFoundError,
  TenantNotServingError,
  TenantStoppedError,
} from '../../compute/errors.ts';
import { equalJson } from '../../compute/spec/json.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { addMs, CLOCK_TOLERANCE_MS } from '../clock.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { exists, phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { begin, recordForStart } from './begin.ts';
import type { ChangeRequest, DecisionContext, Destroy } from './change-request.ts';

/**
 * - `accepted`: `tenant` carries a new running operation, and the lease where it was free. It is to be written.
 * - `joined`: the running operation already does what is requested. `tenant` is to be written if it changed.
 * - `unchanged`: the tenant is already as requested. `tenant` is to be written if it changed.
 * - `absent`: there is nothing to destroy or to heal.
 */
export type Decision =
  | { kind: 'accepted'; tenant: Tenant }
  | { kind: 'joined'; tenant: Tenant }
  | { kind: 'unchanged'; tenant: Tenant }
  | { kind: 'absent' };

/**
 * Returns what a request means for a tenant in its present state. Throws the error that the caller is to receive. Pure:
 * equal inputs give equal decisions.
 */
export function decide(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  if (isStale(current, request, context)) {
    throw new StaleRequestError(
      `tenant ${request.tenant_id} was last asked for something at ${current?.last_requested_at}`,
    );
  }
  checkRevision(current, request);
  const decision = decideChange(current, request, context);
  return 'tenant' in decision ? { ...decision, tenant: withRequestTime(decision.tenant, request) } : decision;
}

/**
 * Returns true for a request that says it is older than the tenant's latest one. A latest request in the future was recorded
 * while a clock was ahead: it makes no other one stale.
 */
function isStale(
  current: Tenant | undefined,
  { requested_at }: ChangeRequest,
  context: () => DecisionContext,
): boolean {
  if (!current || requested_at === undefined || requested_at >= current.last_requested_at) return false;
  return current.last_requested_at <= addMs(context().now, CLOCK_TOLERANCE_MS);
}

/** A request that changes nothing makes older ones stale too. */
function withRequestTime(tenant: Tenant, { requested_at }: ChangeRequest): Tenant {
  const isLatest = requested_at !== undefined && requested_at > tenant.last_requested_at;
  return isLatest ? { ...tenant, last_requested_at: requested_at } : tenant;
}

function checkRevision(current: Tenant | undefined, { tenant_id, if_match }: ChangeRequest): void {
  if (if_match === undefined) return;
  if (!exists(current)) throw new RevisionConflictError(`tenant ${tenant_id} does not exist`);
  const { revision } = current.desired;
  if (revision !== if_match)
    throw new RevisionConflictError(`tenant ${tenant_id} is at revision ${revision}, not ${if_match}`);
}

function decideChange(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  const { change } = request;
  switch (change.type) {
    case 'provision':
      return decideProvision(current, request, change, context);
    case 'update':
    case 'rollback':
      return decideUpdate(current, request, change, context);
    case 'destroy':
      return decideDestroy(current, request, change, context);
    case 'heal':
      return decideHeal(current, request, change, context);
    case 'stop':
      return decideStop(current, request, context);
    case 'start':
      return decideStart(current, request, context);
    case 'restart':
      return decideRestart(current, request, context);
  }
}

function decideProvision(
  current: Tenant | undefined,
  request: ChangeRequest,
  { spec }: { spec: TenantComputeSpec },
  context: () => DecisionContext,
): Decision {
  if (!exists(current)) return accept(current, request, context);
  const running = decideWhileRunning(current, request);
  if (running) return running;
  if (phases[current.phase].failed) {
    refuseOtherProvider(current, spec);
    return accept(current, request, context);
  }
  if (isDesired(current, spec)) return { kind: 'unchanged', tenant: current };
  throw new TenantExistsError(
    `${current.tenant_id}, with another specification (revision ${current.desired.revision})`,
  );
}

function decideUpdate(
  current: Tenant | undefined,
  request: ChangeRequest,
  { spec }: { spec: TenantComputeSpec },
  context: () => DecisionContext,
): Decision {
  if (!exists(current)) throw new TenantNotFoundError(request.tenant_id);
  refuseOtherProvider(current, spec);
  const running = decideWhileRunning(current, request);
  if (running) return running;
  const { settled, stopped } = phases[current.phase];
  if ((settled || stopped) && isDesired(current, spec)) return { kind: 'unchanged', tenant: current };
  if (stopped) return { kind: 'accepted', tenant: recordForStart(current, request, context()) };
  return accept(current, request, context);
}

/**
 * Destroying nothing needs no record, with two exceptions. A request that says when it was made is recorded, so that an
 * older one that arrives later is found stale. A request that names a provider removes resources that no tenant owns.
 */
function decideDestroy(
  current: Tenant | undefined,
  request: ChangeRequest,
  { orphan, provider_type }: Destroy,
  context: () => DecisionContext,
): Decision {
  if (orphan && exists(current)) return { kind: 'absent' };
  const mustRecord = request.requested_at !== undefined || provider_type !== undefined;
  if (!exists(current) && !mustRecord) return { kind: 'absent' };
  return (current && decideWhileRunning(current, request)) ?? accept(current, request, context);
}

/** Brings a ready tenant back. A stopped one that runs is stopped again. */
function decideHeal(
  current: Tenant | undefined,
  request: ChangeRequest,
  { message }: { message: string },
  context: () => DecisionContext,
): Decision {
  if (!current || isRunning(current)) return { kind: 'absent' };
  const { settled, stopped } = phases[current.phase];
  if (stopped) return accept(current, { ...request, change: { type: 'stop', message } }, context);
  return settled ? accept(current, request, context) : { kind: 'absent' };
}

function decideStop(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  if (!exists(current)) throw new TenantNotFoundError(request.tenant_id);
  const running = decideWhileRunning(current, request);
  if (running) return running;
  if (phases[current.phase].stopped) return { kind: 'unchanged', tenant: current };
  return accept(current, request, context);
}

/** An operation that brings the tenant up does what a start requests. */
function decideStart(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  if (!exists(current)) throw new TenantNotFoundError(request.tenant_id);
  const comesUp = phases[kindOf(current.operation).endsIn].settled;
  if (isRunning(current) && comesUp) return { kind: 'joined', tenant: current };
  const running = decideWhileRunning(current, request);
  if (running) return running;
  if (phases[current.phase].settled) return { kind: 'unchanged', tenant: current };
  return accept(current, request, context);
}

/** A restart changes no revision. So it needs one that serves: it never brings up a revision that failed. */
function decideRestart(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  if (!exists(current)) throw new TenantNotFoundError(request.tenant_id);
  const running = decideWhileRunning(current, request);
  if (running) return running;
  const { phase, serving, desired, tenant_id } = current;
  if (phases[phase].stopped) throw new TenantStoppedError(`${tenant_id} has no containers that could be restarted`);
  if (serving?.spec_hash !== desired.spec_hash) {
    throw new TenantNotServingError(`revision ${desired.revision} of tenant ${tenant_id}`);
  }
  return accept(current, request, context);
}

function accept(current: Tenant | undefined, request: ChangeRequest, context: () => DecisionContext): Decision {
  return { kind: 'accepted', tenant: begin(current, request, context()) };
}

/**
 * Returns `joined` where the running operation already does what is requested, and undefined where no operation runs or the
 * request may take its place. Throws `OperationInProgressError` otherwise.
 */
function decideWhileRunning(current: Tenant, { change }: ChangeRequest): Decision | undefined {
  if (!isRunning(current)) return undefined;
  const { operation_id: operationId, type } = current.operation;
  const { joinedBy, overtakenBy } = kindOf(current.operation);
  const isSame = joinedBy === 'equal_type' ? change.type === type : 'spec' in change && isDesired(current, change.spec);
  if (isSame) return { kind: 'joined', tenant: current };
  if (overtakenBy.includes(change.type)) return undefined;
  const mayBeUpdated = overtakenBy.includes('update');
  throw new OperationInProgressError(`${type} of tenant ${current.tenant_id} (operation ${operationId})`, {
    operationId,
    hint: mayBeUpdated
      ? 'Update the tenant, which takes the place of the operation, or wait for its end.'
      : 'Wait for the end of the operation, and send the request again.',
  });
}

function isDesired({ desired }: Tenant, spec: TenantComputeSpec): boolean {
  return equalJson(desired.spec, spec);
}

function refuseOtherProvider(current: Tenant, spec: TenantComputeSpec): void {
  const { provider_type } = current;
  if (spec.provider_type === provider_type) return;
  const message =
    `provider_type of a tenant cannot change: it is ${provider_type}; ` + 'destroy the tenant and provision it anew';
  throw new InvalidSpecError([{ pointer: '/provider_type', message }]);
}
