import {
  ProvisionFailedError,
  StartFailedError,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../compute/errors.ts';
import { isOtherIncarnation } from '../../compute/labels.ts';
import type { CallOptions, Manager } from '../../compute/manager.ts';
import type { ComputeStatus, Endpoint } from '../../compute/results.ts';
import { retainedVolumes, volumesMessage } from '../../compute/volumes/volumes.ts';
import { restartId } from '../model/ids.ts';
import type { Gate, Operation } from '../model/operation.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { type ProviderAction, phases } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isStoppedAsWanted, type Verdict, verdictOf, type Wanted } from './verdict.ts';

/** How far one try came. */
export type AttemptResult =
  | { kind: 'done'; endpoints: Endpoint[]; resource_ids: Record<string, string>; message: string; changes: string[] }
  | Waiting;

/** The provider accepted the work and goes on with it. */
export interface Waiting {
  kind: 'waiting';
  message: string;
  /** Where the version waits for approval. */
  gate?: Gate | undefined;
  /** When the provider gives the version up: ISO 8601. */
  until?: string | undefined;
}

type AttemptOptions = CallOptions & { firstTry: boolean };

const attempts = {
  provision: reachSpec,
  update: reachSpec,
  stop: reachStopped,
  start: startSpec,
  destroy: reachNothing,
} satisfies Record<
  ProviderAction,
  (manager: Manager, tenant: Tenant, options: AttemptOptions) => Promise<AttemptResult>
>;

/**
 * Makes one try to bring the provider to the desired state. All calls of a try are idempotent, so it may be repeated at any
 * point. `firstTry` skips the look at what is there.
 *
 * Throws what the provider throws, and `ProvisionFailedError`, `UpdateFailedError` or `StartFailedError` where the provider
 * accepted the work and reports that it failed.
 */
export async function attempt(manager: Manager, tenant: Tenant, options: AttemptOptions): Promise<AttemptResult> {
  const { call } = phases[tenant.phase];
  if (!call) throw new Error(`no operation can run in phase ${tenant.phase}`);
  return attempts[call](manager, tenant, options);
}

/** Looks at what is there and, where that differs from the desired specification, provisions or updates. */
async function reachSpec(
  manager: Manager,
  tenant: Tenant,
  { firstTry, ...options }: AttemptOptions,
): Promise<AttemptResult> {
  const call = { ...options, incarnation: tenant.incarnation, restart: wantedOf(tenant).restart };
  if (!firstTry) {
    const { status, verdict } = await examine(manager, tenant, call);
    if (status && verdict.kind === 'serves') return arrived(tenant, status);
    if (status && verdict.kind === 'waiting') return passGate(manager, tenant, { status, verdict, call });
    if (verdict.kind === 'failed' && tenant.operation.applied) throw failed(tenant, verdict.message);
  }
  return apply(manager, tenant, call);
}

/**
 * Returns what a version waits for. Where it waits for an approval that is on record, passes that on to the provider: after
 * a crash the next try does it again.
 */
async function passGate(
  manager: Manager,
  tenant: Tenant,
  { status, verdict, call }: { status: ComputeStatus; verdict: Verdict & { kind: 'waiting' }; call: CallOptions },
): Promise<Waiting> {
  const { operation, tenant_id, provider_type } = tenant;
  const gate = gateOf(status, operation);
  const until = status.metadata.pending_until;
  const approval = operation.approvals?.find((one) => one.gate === gate?.id);
  if (!approval) return { ...verdict, gate, until };
  await manager.approveTenant(tenant_id, provider_type, approval.gate, call);
  return { kind: 'waiting', message: `approved by ${approval.by}; the new version goes on`, gate, until };
}

/** Returns the gate that a status shows. A provider that does not tell since when is asked from now on. */
function gateOf({ metadata, last_updated }: ComputeStatus, { gate }: Operation): Gate | undefined {
  const { waiting_id: id, waiting_since, waiting_until: until } = metadata;
  if (id === undefined) return undefined;
  const since = waiting_since ?? (gate?.id === id ? gate.since : last_updated);
  return { id, since, ...(until !== undefined && { until }) };
}

/** Returns what the running operation of a tenant works towards. */
export function wantedOf({ desired, operation }: Tenant): Wanted {
  return {
    spec_hash: desired.spec_hash,
    restart: kindOf(operation).replacesAll ? restartId(operation) : undefined,
  };
}

/** Returns what the provider observes, or undefined where it has nothing of the tenant. */
export async function observe(
  manager: Manager,
  { tenant_id, provider_type }: Pick<Tenant, 'tenant_id' | 'provider_type'>,
  { signal, patience, incarnation }: CallOptions,
): Promise<ComputeStatus | undefined> {
  try {
    return await manager.getTenantStatus(tenant_id, provider_type, { signal, patience, incarnation, maxAge: 0 });
  } catch (error) {
    if (error instanceof TenantNotFoundError) return undefined;
    throw error;
  }
}

/** Returns what the provider observes, and what that says about the desired revision. */
export async function examine(
  manager: Manager,
  tenant: Tenant,
  call: CallOptions,
): Promise<{ status: ComputeStatus | undefined; verdict: Verdict }> {
  const status = await observe(manager, tenant, call);
  const wanted = { spec_hash: tenant.desired.spec_hash, restart: call.restart };
  return { status, verdict: status ? verdictOf(status, wanted) : { kind: 'differs' } };
}

/** Reaches the specification from a stopped tenant: no earlier version runs, so a failure is one of the start. */
async function startSpec(manager: Manager, tenant: Tenant, options: AttemptOptions): Promise<AttemptResult> {
  try {
    return await reachSpec(manager, tenant, options);
  } catch (error) {
    if (!(error instanceof UpdateFailedError || error instanceof ProvisionFailedError)) throw error;
    const detail = error.message.slice(error.message.indexOf(': ') + 2);
    throw new StartFailedError(detail, { cause: error, retryable: error.retryable });
  }
}

/** Stops, and then looks whether anything still runs. Where the provider has nothing, nothing runs. */
async function reachStopped(
  manager: Manager,
  tenant: Tenant,
  { firstTry: _, ...options }: AttemptOptions,
): Promise<AttemptResult> {
  const { tenant_id, provider_type, incarnation, endpoints, resource_ids } = tenant;
  const call = { ...options, incarnation };
  const stopped = { kind: 'done' as const, endpoints, resource_ids, message: 'the tenant is stopped', changes: [] };
  try {
    await manager.stopTenant(tenant_id, provider_type, call);
  } catch (error) {
    if (error instanceof TenantNotFoundError) return stopped;
    throw error;
  }
  const left = await observe(manager, tenant, call);
  if (!left || isStoppedAsWanted(left)) return stopped;
  return { kind: 'waiting', message: `waiting: the provider still runs it (${left.state})` };
}

/**
 * Destroys, and then looks whether anything is left. A call may reach the provider when the id has a new life already:
 * so it names its own life, and what is marked for another one is left alone.
 */
async function reachNothing(
  manager: Manager,
  tenant: Tenant,
  { firstTry: _, ...options }: AttemptOptions,
): Promise<AttemptResult> {
  const incarnation = tenant.operation.of_no_tenant ? undefined : tenant.incarnation;
  // A specification that was recorded while the tenant was stopped never reached the provider, so the call names these.
  const call = { ...options, incarnation, retainVolumes: retainedVolumes(tenant.desired.spec) };
  const gone = { kind: 'done' as const, endpoints: [], resource_ids: {}, message: '', changes: [] };
  if (tenant.provider_type === '') return gone; // an id that never was a tenant: see decide/begin.ts
  const volumes = await manager.destroyTenant(tenant.tenant_id, tenant.provider_type, call);
  const left = await observe(manager, tenant, call);
  if (!left || isOtherIncarnation(left.metadata.incarnation, incarnation)) {
    return { ...gone, message: volumesMessage(volumes) };
  }
  return { kind: 'waiting', message: `waiting: the provider still has it (${left.state})` };
}

/** Makes the phase's call. Where the provider holds something else than the table says, makes the call that fits that. */
export async function apply(manager: Manager, tenant: Tenant, call: CallOptions): Promise<AttemptResult> {
  const isUpdate = phases[tenant.phase].call !== 'provision';
  try {
    return await (isUpdate ? update : provision)(manager, tenant, call);
  } catch (error) {
    if (isUpdate && error instanceof TenantNotFoundError) return provision(manager, tenant, call);
    if (!isUpdate && error instanceof TenantExistsError) return update(manager, tenant, call);
    throw error;
  }
}

async function provision(manager: Manager, { desired }: Tenant, call: CallOptions): Promise<AttemptResult> {
  const { status, endpoints, resource_ids, message } = await manager.provisionTenant(desired.spec, {
    ...call,
    specHash: desired.spec_hash,
  });
  if (status === 'failed') throw new ProvisionFailedError(message);
  if (status === 'in_progress') return { kind: 'waiting', message };
  return { kind: 'done', endpoints, resource_ids, message, changes: [] };
}

/** An update's result has no endpoints, and `no_changes` does not mean that the tenant is up. So a look follows. */
async function update(manager: Manager, tenant: Tenant, call: CallOptions): Promise<AttemptResult> {
  const { spec, spec_hash: specHash } = tenant.desired;
  const { status, changes, message } = await manager.updateTenant(tenant.tenant_id, spec, { ...call, specHash });
  if (status === 'failed') throw new UpdateFailedError(message);
  if (status === 'in_progress') return { kind: 'waiting', message };
  const seen = await examine(manager, tenant, call);
  if (seen.status && seen.verdict.kind === 'serves') return arrived(tenant, seen.status, changes, message);
  if (seen.verdict.kind === 'failed') throw failed(tenant, seen.verdict.message);
  if (seen.status && seen.verdict.kind === 'waiting') {
    return passGate(manager, tenant, { status: seen.status, verdict: seen.verdict, call });
  }
  const awaited = seen.verdict.kind === 'unfinished' ? seen.verdict.message : 'the provider to show the new version';
  return { kind: 'waiting', message: `waiting for ${awaited}` };
}

/** Returns the result of a try that found the desired revision serving. */
export function arrived(
  tenant: Tenant,
  status: ComputeStatus,
  changes = tenant.serving?.revision === tenant.desired.revision ? [] : tenant.desired.changed,
  message = '',
): AttemptResult {
  return { kind: 'done', endpoints: status.endpoints, resource_ids: tenant.resource_ids, message, changes };
}

function failed({ phase }: Tenant, message: string): Error {
  return phases[phase].call === 'provision' ? new ProvisionFailedError(message) : new UpdateFailedError(message);
}
