import { redactEnv } from '../../../src/tenants/decide/redaction.ts';
import type { Operation } from '../../../src/tenants/model/operation.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import type { KnownRevision } from '../../../src/tenants/store/history.ts';
import type { ShownHealth } from '../../../src/tenants/watch/shown-health.ts';
import type { OperationView, RevisionView, TenantView } from './views.ts';

/** Returns an operation as callers see it: without the fields that only Berth needs. */
export function viewOperation({
  idempotency,
  applied,
  seq,
  expired_seq,
  of_no_tenant,
  requester,
  ...operation
}: Operation): OperationView {
  return operation;
}

/** Returns a tenant as callers see it: env values are redacted, and leases and outboxes are left out. */
export function viewTenant(tenant: Tenant, shown: ShownHealth): TenantView {
  const { tenant_id, incarnation, provider_type, phase, desired, serving, operation, conditions } = tenant;
  const { endpoints, resource_ids, created_at, updated_at, destroyed_at } = tenant;
  return {
    tenant_id,
    incarnation,
    provider_type,
    phase,
    revision: desired.revision,
    serving_revision: serving?.revision ?? null,
    ...shown,
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

/** Returns a revision as callers see it: without its specification, whose changes it names. */
export function viewRevision(record: KnownRevision): RevisionView {
  const { revision, actor, created_at, changed, spec_hash, operation_id, outcome, rollback_of } = record;
  return {
    revision,
    actor,
    created_at,
    changed,
    spec_hash,
    operation_id,
    outcome,
    ...(rollback_of !== undefined && { rollback_of }),
  };
}
