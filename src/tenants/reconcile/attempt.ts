import {
  ProvisionFailedError,
  TenantExistsError,
  TenantNotFoundError,
  UpdateFailedError,
} from '../../compute/errors.ts';
import type { CallOptions, Manager } from '../../compute/manager.ts';
import type { ComputeStatus, Endpoint } from '../../compute/results.ts';
import type { Tenant } from '../model/tenant.ts';
import { verdictOf } from './verdict.ts';

/** How far one try came. `done` carries what is known of the tenant then. */
export type AttemptResult =
  | { kind: 'done'; endpoints: Endpoint[]; resource_ids: Record<string, string>; message: string; changes: string[] }
  | { kind: 'waiting'; message: string };

/**
 * One look, and one push where it is needed, towards what is desired. Everything it asks for is idempotent, so it may be
 * repeated at any point. `act` says to push without looking first. Throws what the provider throws, and a
 * `ProvisionFailedError` or `UpdateFailedError` for work that the provider had taken on and reports as failed.
 */
export async function attempt(
  manager: Manager,
  tenant: Tenant,
  { act, ...call }: CallOptions & { act: boolean },
): Promise<AttemptResult> {
  if (tenant.operation.type === 'destroy') return attemptDestroy(manager, tenant, call);
  if (!act) {
    const status = await observe(manager, tenant, call);
    const verdict = status ? verdictOf(status, tenant.desired.spec_hash) : { kind: 'differs' as const };
    if (status && verdict.kind === 'serves') return arrived(tenant, status);
    if (verdict.kind === 'waiting') return verdict;
    if (verdict.kind === 'failed' && tenant.operation.applied) throw failed(tenant, verdict.message);
  }
  return push(manager, tenant, call);
}

/** What the provider observes; undefined where it has nothing of the tenant. */
export async function observe(manager: Manager, tenant: Tenant, call: CallOptions): Promise<ComputeStatus | undefined> {
  try {
    return await manager.getTenantStatus(tenant.tenant_id, tenant.provider_type, { ...call, maxAge: 0 });
  } catch (error) {
    if (error instanceof TenantNotFoundError) return undefined;
    throw error;
  }
}

async function attemptDestroy(manager: Manager, tenant: Tenant, call: CallOptions): Promise<AttemptResult> {
  const gone = { kind: 'done' as const, endpoints: [], resource_ids: {}, message: '', changes: [] };
  if (tenant.provider_type === '') return gone; // a tenant that never was: see intent.ts
  await manager.destroyTenant(tenant.tenant_id, tenant.provider_type, call);
  const left = await observe(manager, tenant, call);
  return left ? { kind: 'waiting', message: `waiting: the provider still has it (${left.state})` } : gone;
}

/** Provisions or updates, whichever fits what the provider has: the table, not the provider, says what is to be there. */
async function push(manager: Manager, tenant: Tenant, call: CallOptions): Promise<AttemptResult> {
  const isUpdate = tenant.phase === 'updating';
  try {
    return await (isUpdate ? update : provision)(manager, tenant, call);
  } catch (error) {
    if (isUpdate && error instanceof TenantNotFoundError) return provision(manager, tenant, call);
    if (!isUpdate && error instanceof TenantExistsError) return update(manager, tenant, call);
    throw error;
  }
}

async function provision(manager: Manager, { desired }: Tenant, call: CallOptions): Promise<AttemptResult> {
  const { status, endpoints, resource_ids, message } = await manager.provisionTenant(desired.spec, call);
  if (status === 'failed') throw new ProvisionFailedError(message);
  if (status === 'in_progress') return { kind: 'waiting', message };
  return { kind: 'done', endpoints, resource_ids, message, changes: [] };
}

/** An update does not say where the tenant answers now, and finding nothing to change does not say that it is up: so one look follows. */
async function update(manager: Manager, tenant: Tenant, call: CallOptions): Promise<AttemptResult> {
  const result = await manager.updateTenant(tenant.tenant_id, tenant.desired.spec, call);
  if (result.status === 'failed') throw new UpdateFailedError(result.message);
  if (result.status === 'in_progress') return { kind: 'waiting', message: result.message };
  const status = await observe(manager, tenant, call);
  const verdict = status ? verdictOf(status, tenant.desired.spec_hash) : { kind: 'differs' as const };
  if (status && verdict.kind === 'serves') return arrived(tenant, status, result.changes, result.message);
  if (verdict.kind === 'failed') throw failed(tenant, verdict.message);
  return {
    kind: 'waiting',
    message: verdict.kind === 'waiting' ? verdict.message : 'waiting for the provider to show the new version',
  };
}

function arrived(tenant: Tenant, status: ComputeStatus, changes = tenant.desired.changed, message = ''): AttemptResult {
  return { kind: 'done', endpoints: status.endpoints, resource_ids: tenant.resource_ids, message, changes };
}

function failed(tenant: Tenant, message: string): Error {
  return tenant.phase === 'updating' ? new UpdateFailedError(message) : new ProvisionFailedError(message);
}
