import type { Operation } from '../../src/tenants/operation.ts';
import { redactEnv } from '../../src/tenants/redaction.ts';
import type { Revision, Tenant } from '../../src/tenants/tenant.ts';

/** A tenant as it is shown: no env values, and nothing of leases and outboxes. */
export function viewTenant(tenant: Tenant) {
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

/** An operation as it is shown: without the digests of idempotency keys. */
export function viewOperation({ idempotency, applied, seq, ...operation }: Operation) {
  return operation;
}

/** A revision as it is shown: who, when, and what changed. */
export function viewRevision({ revision, actor, created_at, changed, spec_hash, operation_id, rollback_of }: Revision) {
  return {
    revision,
    actor,
    created_at,
    changed,
    spec_hash,
    operation_id,
    ...(rollback_of !== undefined && { rollback_of }),
  };
}
