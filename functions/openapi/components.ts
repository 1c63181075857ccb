import * as z from 'zod';
import { Capabilities } from '../../src/compute/capabilities/capabilities.ts';
import * as results from '../../src/compute/results.ts';
import * as spec from '../../src/compute/spec/spec.ts';
import { RolloutPlanRequest, RolloutRequest } from '../../src/rollouts/model/request.ts';
import * as announcement from '../../src/tenants/model/announcement.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';
import { Retry } from '../../src/tenants/model/operation.ts';
import { TenantSummary } from '../../src/tenants/model/summary.ts';
import { Condition } from '../../src/tenants/model/tenant.ts';
import type { operations } from '../operations.ts';
import { ExecRequest } from '../runtime/http/exec-request.ts';
import { RollbackRequest } from '../runtime/http/rollback-request.ts';
import * as rollouts from '../runtime/http/rollouts/views.ts';
import * as views from '../runtime/http/views.ts';
import { Problem } from './problem.ts';

type Rows = (typeof operations)[keyof typeof operations];
/** Schema names in the table of operations. A name without a schema below does not compile. */
type BodySchema = Extract<Rows, { body: string }>['body'];
type Answers = Extract<Rows, { answers: object }>['answers'];
type AnswerOf<A> = A extends object ? A[keyof A] : never;
type AnswerSchema = Extract<AnswerOf<Answers>, { body: string }>['body'];

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The announcement of an operation that ended, in EventBridge's envelope. */
const Announcement = z.looseObject({
  id: z.string(),
  source: z.literal(ANNOUNCEMENT_SOURCE),
  'detail-type': z.enum(Object.keys(announcement.announcementDetails) as announcement.AnnouncementType[]),
  time: z.iso.datetime(),
  detail: z.object({
    metadata: announcement.AnnouncementMetadata,
    data: z.union([
      announcement.SucceededData,
      announcement.FailedData.extend({ error: views.FailureView }),
      announcement.OrphanData,
      announcement.RolloutData,
    ]),
  }),
});

/** Schemas of what callers send, by their name in the document. */
const requests = {
  TenantComputeSpec: spec.TenantComputeSpec,
  ContainerSpec: spec.ContainerSpec,
  PortMapping: spec.PortMapping,
  HealthCheck: spec.HealthCheck,
  Resources: spec.Resources,
  Networking: spec.Networking,
  SecretReference: spec.SecretReference,
  ExecRequest,
  RollbackRequest,
  RolloutPlanRequest,
  RolloutRequest,
} as const satisfies Record<BodySchema, z.ZodType> & Record<string, z.ZodType>;

/** Schemas of what Berth sends. */
const answers = {
  ActivityList: views.ActivityList,
  Announcement,
  AnnouncementMetadata: announcement.AnnouncementMetadata,
  Capabilities,
  ComputeStatus: results.ComputeStatus,
  Condition,
  ContainerStatus: results.ContainerStatus,
  Endpoint: results.Endpoint,
  ExecSession: views.ExecSessionView,
  Failure: views.FailureView,
  Installation: views.InstallationView,
  LogLine: results.LogLine,
  LogPage: views.LogsView,
  Operation: views.OperationView,
  OperationList: views.OperationList,
  OperationSummary: views.OperationSummaryView,
  Orphan: views.OrphanView,
  OrphanList: views.OrphanList,
  Plan: views.PlanView,
  Problem,
  Provider: views.ProviderDescription,
  ProviderList: views.ProviderList,
  ProvisionResult: results.ProvisionResult,
  Retry,
  Revision: views.RevisionView,
  RevisionDiff: views.RevisionDiffView,
  RevisionList: views.RevisionList,
  Rollout: rollouts.RolloutView,
  RolloutList: rollouts.RolloutList,
  RolloutPlan: rollouts.RolloutPlanView,
  RolloutSummary: rollouts.RolloutSummaryView,
  RolloutTenantList: rollouts.RolloutTenantList,
  Tenant: views.TenantView,
  TenantList: views.TenantList,
  TenantSummary,
  UpdateResult: results.UpdateResult,
  ValidationResult: results.ValidationResult,
} as const satisfies Record<AnswerSchema, z.ZodType> & Record<string, z.ZodType>;

const names = new Map<z.core.$ZodType, string>(
  Object.entries({ ...requests, ...answers }).map(([name, schema]) => [schema, name]),
);

export function refTo(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * Returns all named schemas as JSON Schema. Requests may omit fields that have a default. Answers contain every field and
 * no other one. A specification inside an answer has the schema of a request.
 */
export function componentSchemas(): Record<string, JsonSchema> {
  return sortByName({ ...convert(requests, 'input'), ...convert(answers, 'output') });
}

function convert(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, { io, uri: (id) => refTo(id).$ref, override: shorten(io) });
  return Object.fromEntries(Object.entries(converted.schemas).map(([name, schema]) => [name, tidy(schema, io)]));
}

const sent = new Set<z.core.$ZodType>(Object.values(requests));

/** Inside an answer, replaces a request schema by a reference; inlined, it would require every field with a default. */
function shorten(io: 'input' | 'output') {
  return ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }) => {
    const name = names.get(zodSchema);
    if (io === 'input' || !name || !sent.has(zodSchema)) return;
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, refTo(name));
  };
}

/**
 * Removes keywords that say nothing inside this document: `$schema` and `$id`, limits of safe integers, patterns beside a
 * format, and defaults in answers.
 */
export function tidy(schema: JsonSchema, io: 'input' | 'output'): JsonSchema {
  const text = JSON.stringify(schema, function (this: Record<string, unknown>, key, value: unknown) {
    if (key === '$schema' || key === '$id') return undefined;
    if ((key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER)
      return undefined;
    if (key === 'pattern' && this.format !== undefined) return undefined;
    if (key === 'default' && io === 'output') return undefined;
    return value;
  });
  return JSON.parse(text) as JsonSchema;
}

function sortByName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
