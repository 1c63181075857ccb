import { redactEnv } from '../../../src/tenants/decide/redaction.ts';
import type { Operation } from '../../../src/tenants/model/operation.ts';
import type { Revision, Tenant } from '../../../src/tenants/model/tenant.ts';
import type { OperationView, RevisionView, TenantView } from './views.ts';

export function viewOperation({ idempotency, applied, seq, ...operation }: Operation): OperationView {
  return operation;
}

export function viewTenant(tenant: Tenant): TenantView {
  const { tenant_id, incarnation, provider_type, phase, desired, serving, operation, conditions } = tenant;
  const { endpoints, resource_ids, created_at, updated_at, destroyed_at } = tenant;
  return {
    tenant_id,
    incarnation,
    provider_type,
    phase,
    revision: desired.revision,
    serving_revision: serving?.revision ?? null,
    spec: redactEnv(desired.spec),
    conditions,
    last_operation: viewOperation(operation),
    endpoints,
    resource_ids,
    created_at,
    updated_at,
    ...(destroyed_at && { destroyed_at }),
  };
}

export function viewRevision(revision: Revision): RevisionView {
  const { actor, created_at, changed, spec_hash, operation_id, rollback_of } = revision;
  return {
    revision: revision.revision,
    actor,
    created_at,
    changed,
    spec_hash,
    operation_id,
    ...(rollback_of !== undefined && { rollback_of }),
  };
}
