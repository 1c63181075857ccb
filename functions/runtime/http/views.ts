import * as z from 'zod';
import { Capabilities } from '../../../src/compute/capabilities.ts';
import { type ErrorCode, errorCatalog } from '../../../src/compute/errors.ts';
import { LogLine, ProvisionResult, UpdateResult } from '../../../src/compute/results.ts';
import { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { PlannedChange, TenantPlan } from '../../../src/tenants/decide/plan.ts';
import { Failure, Operation } from '../../../src/tenants/model/operation.ts';
import { TenantSummary } from '../../../src/tenants/model/summary.ts';
import { Revision, Tenant } from '../../../src/tenants/model/tenant.ts';

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

/** A revision as it is shown: who, when, and what changed. */
export const RevisionView = Revision.omit({ incarnation: true, spec: true });
export type RevisionView = z.output<typeof RevisionView>;

/** A page of tenants. */
export const TenantList = z.object({
  tenants: z.array(TenantSummary),
  next_cursor: z.string().nullable().describe('For the next page; null on the last one'),
});
export type TenantList = z.output<typeof TenantList>;

/** Operations, newest first. */
export const OperationList = z.object({ operations: z.array(OperationView) });
export type OperationList = z.output<typeof OperationList>;

/** Revisions, newest first. */
export const RevisionList = z.object({ revisions: z.array(RevisionView) });
export type RevisionList = z.output<typeof RevisionList>;

/** A plan, whose values are any JSON. */
export const PlanView = z.object({
  ...TenantPlan.shape,
  changes: z.array(z.object({ ...PlannedChange.shape, before: z.unknown().optional(), after: z.unknown().optional() })),
});
export type PlanView = z.output<typeof PlanView>;

/** Lines that containers wrote, oldest first. */
export const LogsView = z.object({
  lines: z.array(LogLine),
  next_cursor: z.string().nullable().describe('Gives what comes after these lines, also later'),
});
export type LogsView = z.output<typeof LogsView>;

/** The names of the registered providers. */
export const ProviderList = z.object({ providers: z.array(z.string()) });
export type ProviderList = z.output<typeof ProviderList>;

/** What anyone may know of a provider. */
export const ProviderDescription = z.object({
  name: z.string(),
  capabilities: Capabilities,
  config_schema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of provider_config'),
  config_defaults: z.record(z.string(), z.unknown()).describe('What the operator set for every tenant'),
});
export type ProviderDescription = z.output<typeof ProviderDescription>;
