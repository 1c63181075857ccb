import * as z from 'zod';
import { type ErrorCode, errorCatalog } from '../../src/compute/errors.ts';
import { ProvisionResult, TenantComputeSpec, UpdateResult } from '../../src/index.ts';
import { Failure, Operation } from '../../src/tenants/operation.ts';
import { redactEnv } from '../../src/tenants/redaction.ts';
import { Revision, Tenant } from '../../src/tenants/tenant.ts';

const codes = Object.keys(errorCatalog) as ErrorCode[];

/** Why an operation failed, as it is shown. */
export const FailureView = z.object({
  ...Failure.shape,
  code: z.enum([...codes, 'internal']),
  fault: z.enum(['caller', 'platform', 'provider']).describe('Who has to act'),
});
export type FailureView = z.output<typeof FailureView>;

const { idempotency: _digests, applied: _applied, seq: _seq, ...shownOfOperation } = Operation.shape;

/** An operation as it is shown: without the digests of idempotency keys. */
export const OperationView = z.object({
  ...shownOfOperation,
  error: FailureView.optional(),
  result: z.union([ProvisionResult, UpdateResult]).optional(),
});
export type OperationView = z.output<typeof OperationView>;

export function viewOperation({ idempotency, applied, seq, ...operation }: Operation): OperationView {
  return operation;
}

const { incarnation, provider_type, phase, conditions, endpoints, resource_ids, created_at, updated_at, destroyed_at } =
  Tenant.shape;

/** A tenant as it is shown: no env values, and nothing of leases and outboxes. */
export const TenantView = z.object({
  tenant_id: Tenant.shape.tenant_id,
  incarnation: incarnation.describe('Which life of the tenant id'),
  provider_type,
  phase,
  revision: Revision.shape.revision.describe('The desired one; also the ETag'),
  serving_revision: z.int().nullable().describe('What was last known to have come up'),
  spec: TenantComputeSpec.describe('What is desired; env values are shown as [redacted]'),
  conditions,
  last_operation: OperationView,
  endpoints,
  resource_ids,
  created_at,
  updated_at,
  destroyed_at,
});
export type TenantView = z.output<typeof TenantView>;

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

/** A revision as it is shown: who, when, and what changed. */
export const RevisionView = Revision.omit({ incarnation: true, spec: true });
export type RevisionView = z.output<typeof RevisionView>;

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
