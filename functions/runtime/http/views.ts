import * as z from 'zod';
import { Capabilities } from '../../../src/compute/capabilities/capabilities.ts';
import { type ErrorCode, errorCatalog } from '../../../src/compute/errors.ts';
import { Health, LogLine, ProvisionResult, UpdateResult } from '../../../src/compute/results.ts';
import { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { PlannedChange, RevisionDiff, SpecChange, TenantPlan } from '../../../src/tenants/decide/plan.ts';
import { Failure, Operation, OperationSummary } from '../../../src/tenants/model/operation.ts';
import { REVISION_OUTCOMES } from '../../../src/tenants/model/revision-outcome.ts';
import { TenantSummary } from '../../../src/tenants/model/summary.ts';
import { Revision, Tenant } from '../../../src/tenants/model/tenant.ts';

const codes = Object.keys(errorCatalog) as ErrorCode[];

/** The error of a failed operation, as callers see it. */
export const FailureView = z.object({
  ...Failure.shape,
  code: z.enum([...codes, 'internal']),
  fault: z.enum(['caller', 'platform', 'provider']).describe('Who has to act'),
});
export type FailureView = z.output<typeof FailureView>;

const {
  idempotency: _digests,
  requester: _requester,
  applied: _applied,
  seq: _seq,
  expired_seq: _expired,
  of_no_tenant: _orphan,
  ...shownOfOperation
} = Operation.shape;

/** An operation as callers see it: without what only Berth needs. */
export const OperationView = z.object({
  ...shownOfOperation,
  error: FailureView.optional(),
  result: z.union([ProvisionResult, UpdateResult]).optional(),
});
export type OperationView = z.output<typeof OperationView>;

const { incarnation, provider_type, phase, conditions, endpoints, resource_ids, created_at, updated_at, destroyed_at } =
  Tenant.shape;

/** A tenant as callers see it: without env values, leases and outboxes. */
export const TenantView = z.object({
  tenant_id: Tenant.shape.tenant_id,
  incarnation: incarnation.describe('Identifies this life of the tenant id: a new one begins after a destroy'),
  provider_type,
  phase,
  revision: Revision.shape.revision.describe('The desired revision; also the ETag'),
  serving_revision: z.int().nullable().describe('The revision that runs, as last observed; null if none does'),
  health: Health.describe('As last observed; unknown where no look happened'),
  observed_at: z.iso.datetime().nullable().describe('When its health was last observed; null if never'),
  restart_count: z.int().describe('How often its containers were restarted, as far as its provider tells'),
  spec: TenantComputeSpec.describe('The desired specification; env values are shown as [redacted]'),
  conditions,
  last_operation: OperationView,
  endpoints,
  resource_ids,
  created_at,
  updated_at,
  destroyed_at,
});
export type TenantView = z.output<typeof TenantView>;

/** A revision as callers see it: actor, time, changed fields and outcome, without the specification. */
export const RevisionView = Revision.omit({ incarnation: true, spec: true }).extend({
  outcome: z.enum(REVISION_OUTCOMES).describe('pending until it comes up, fails, or another request takes its place'),
});
export type RevisionView = z.output<typeof RevisionView>;

const nextCursor = z.string().nullable().describe('The cursor of the next page; null on the last page');

/** A page of tenants. */
export const TenantList = z.object({
  tenants: z.array(TenantSummary),
  next_cursor: nextCursor,
});
export type TenantList = z.output<typeof TenantList>;

/** Operations, newest first. */
export const OperationList = z.object({ operations: z.array(OperationView), next_cursor: nextCursor });
export type OperationList = z.output<typeof OperationList>;

/** An operation as the activity shows it. */
export const OperationSummaryView = z.object({
  ...OperationSummary.shape,
  error: FailureView.pick({ code: true, message: true }).optional(),
});
export type OperationSummaryView = z.output<typeof OperationSummaryView>;

/** A page of the activity: operations of all tenants, newest first. */
export const ActivityList = z.object({ operations: z.array(OperationSummaryView), next_cursor: nextCursor });
export type ActivityList = z.output<typeof ActivityList>;

/** Revisions, newest first. */
export const RevisionList = z.object({ revisions: z.array(RevisionView), next_cursor: nextCursor });
export type RevisionList = z.output<typeof RevisionList>;

/** A plan. The values before and after are any JSON. */
export const PlanView = z.object({
  ...TenantPlan.shape,
  changes: z.array(z.object({ ...PlannedChange.shape, before: z.unknown().optional(), after: z.unknown().optional() })),
});
export type PlanView = z.output<typeof PlanView>;

/** The differences between two revisions. The values before and after are any JSON. */
export const RevisionDiffView = z.object({
  ...RevisionDiff.shape,
  changes: z.array(z.object({ ...SpecChange.shape, before: z.unknown().optional(), after: z.unknown().optional() })),
});
export type RevisionDiffView = z.output<typeof RevisionDiffView>;

/** A page of log lines, oldest first. */
export const LogsView = z.object({
  lines: z.array(LogLine),
  next_cursor: z.string().nullable().describe('The cursor of later lines; null if there is none'),
});
export type LogsView = z.output<typeof LogsView>;

/** A session in a container, and how to connect to it. */
export const ExecSessionView = z.object({
  session_id: z.string().describe('Identifies it in the activity'),
  tenant_id: z.string(),
  container: z.string(),
  kind: z
    .enum(['websocket', 'session_manager'])
    .describe('How to connect: to a WebSocket of this host, or with session-manager-plugin of AWS'),
  stream_url: z.string().describe('Of a WebSocket, relative to the address of this API'),
  token: z.string().describe('Permits one connection to stream_url. Of a WebSocket, for 15 seconds'),
  target: z.string().optional().describe('Of session_manager: the target of the session'),
  region: z.string().optional().describe('Of session_manager: its region'),
  aws_session_id: z.string().optional().describe('Of session_manager: the id that AWS gave the session'),
});
export type ExecSessionView = z.output<typeof ExecSessionView>;

/** The identity of an installation. */
export const InstallationView = z.object({
  installation_id: z.string().describe('On everything that this installation creates, as berth.installation'),
  created_at: z.string().describe('ISO 8601. Nothing is removed by itself in the first hour'),
});
export type InstallationView = z.output<typeof InstallationView>;

/** Resources of a provider that belong to no tenant on record. */
export const OrphanView = z.object({
  provider: z.string(),
  tenant_id: z.string(),
  installation: z.string().nullable().describe('On the resources; null where they carry none'),
  first_seen_at: z.string().describe('ISO 8601'),
  remove_at: z.string().nullable().describe('When it is removed at the earliest; null where it is only reported'),
  held_back: z.string().nullable().describe('Why it is not removed by itself, as of the last inventory'),
});
export type OrphanView = z.output<typeof OrphanView>;

/** A page of orphans. */
export const OrphanList = z.object({
  orphans: z.array(OrphanView),
  next_cursor: z.string().nullable().describe('The cursor of the next page; null on the last page'),
});
export type OrphanList = z.output<typeof OrphanList>;

/** The names of the registered providers. */
export const ProviderList = z.object({ providers: z.array(z.string()) });
export type ProviderList = z.output<typeof ProviderList>;

/** A provider as callers see it. */
export const ProviderDescription = z.object({
  name: z.string(),
  capabilities: Capabilities,
  config_schema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of provider_config'),
  config_defaults: z
    .record(z.string(), z.unknown())
    .describe('The settings of the operator, which apply to every tenant'),
});
export type ProviderDescription = z.output<typeof ProviderDescription>;
