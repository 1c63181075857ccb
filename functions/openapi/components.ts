import * as z from 'zod';
import { Capabilities } from '../../src/compute/capabilities.ts';
import {
  ComputeStatus,
  ContainerStatus,
  Endpoint,
  LogLine,
  ProvisionResult,
  UpdateResult,
  ValidationResult,
} from '../../src/compute/results.ts';
import {
  ContainerSpec,
  HealthCheck,
  Networking,
  PortMapping,
  Resources,
  SecretReference,
  TenantComputeSpec,
} from '../../src/compute/spec/spec.ts';
import {
  AnnouncementMetadata,
  type AnnouncementType,
  announcementDetails,
  FailedData,
  SucceededData,
} from '../../src/tenants/model/announcement.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';
import { Retry } from '../../src/tenants/model/operation.ts';
import { TenantSummary } from '../../src/tenants/model/summary.ts';
import { Condition } from '../../src/tenants/model/tenant.ts';
import { RollbackRequest } from '../runtime/http/rollback-request.ts';
import {
  FailureView,
  LogsView,
  OperationList,
  OperationView,
  PlanView,
  ProviderDescription,
  ProviderList,
  RevisionList,
  RevisionView,
  TenantList,
  TenantView,
} from '../runtime/http/views.ts';
import { Problem } from './problem.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What is told when an operation ended, in the envelope of EventBridge. */
const Announcement = z.looseObject({
  id: z.string(),
  source: z.literal(ANNOUNCEMENT_SOURCE),
  'detail-type': z.enum(Object.keys(announcementDetails) as AnnouncementType[]),
  time: z.iso.datetime(),
  detail: z.object({
    metadata: AnnouncementMetadata,
    data: z.union([SucceededData, FailedData.extend({ error: FailureView })]),
  }),
});

/** What callers send, by the name that the document gives it. */
const requests = {
  TenantComputeSpec,
  ContainerSpec,
  PortMapping,
  HealthCheck,
  Resources,
  Networking,
  SecretReference,
  RollbackRequest,
} as const;

/** What Berth answers. */
const answers = {
  Announcement,
  AnnouncementMetadata,
  Capabilities,
  ComputeStatus,
  Condition,
  ContainerStatus,
  Endpoint,
  Failure: FailureView,
  LogLine,
  LogPage: LogsView,
  Operation: OperationView,
  OperationList,
  Plan: PlanView,
  Problem,
  Provider: ProviderDescription,
  ProviderList,
  ProvisionResult,
  Retry,
  Revision: RevisionView,
  RevisionList,
  Tenant: TenantView,
  TenantList,
  TenantSummary,
  UpdateResult,
  ValidationResult,
} as const;

const names = new Map<z.core.$ZodType, string>(
  Object.entries({ ...requests, ...answers }).map(([name, schema]) => [schema, name]),
);

export function refTo(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

/** A reference to a schema that has a name here. */
export function refOf(schema: z.ZodType) {
  const name = names.get(schema);
  if (!name) throw new Error('the schema has no name in functions/openapi/components.ts');
  return refTo(name);
}

/**
 * The named schemas. What is sent may leave out what has a default; what is answered has everything, and nothing that is
 * not said here. A specification in an answer is one that could be sent.
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

/** In an answer, what callers send is referred to instead of told again as if every default had been filled in. */
function shorten(io: 'input' | 'output') {
  return ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }) => {
    const name = names.get(zodSchema);
    if (io === 'input' || !name || !sent.has(zodSchema)) return;
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    Object.assign(jsonSchema, refTo(name));
  };
}

/**
 * Without what only makes sense in a document of its own, bounds that every number in JSON keeps, patterns that repeat a
 * format, and, in an answer, defaults.
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
