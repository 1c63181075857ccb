import * as z from 'zod';
import { Endpoint } from '../compute/results.ts';
import { Failure, type Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';

/** The `source` of everything Berth announces. */
export const ANNOUNCEMENT_SOURCE = 'berth';

/** What an announcement is about, and how to tell it from its repetitions: equal `event_id`, equal announcement. */
export const AnnouncementMetadata = z.object({
  event_id: z
    .string()
    .describe('Made from the operation, so that every repetition carries the same; deduplicate by it'),
  schema_version: z.literal('1'),
  operation_id: z.string().optional(),
  incarnation: z.string().optional().describe('Which life of the tenant id'),
  actor: z.string(),
  request_id: z.string().optional().describe('The HTTP request or the event that asked for it'),
  occurred_at: z.iso.datetime(),
});
export type AnnouncementMetadata = z.infer<typeof AnnouncementMetadata>;

export const SucceededData = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  revision: z.int().optional(),
  changes: z.array(z.string()).optional(),
  endpoints: z.array(Endpoint),
});

export const FailedData = z.object({
  tenant_id: z.string().optional().describe('Absent where the request did not say'),
  provider_type: z.string().optional(),
  revision: z.int().optional(),
  error: Failure,
});

function detail<Data extends z.ZodType>(data: Data) {
  return z.object({ metadata: AnnouncementMetadata, data });
}

/** Every announcement by its detail type. A rollback and a healed drift are updates to whoever listens. */
export const announcementDetails = {
  'Tenant Provisioned': detail(SucceededData),
  'Tenant Updated': detail(SucceededData),
  'Tenant Destroyed': detail(SucceededData),
  'Tenant Provision Failed': detail(FailedData),
  'Tenant Update Failed': detail(FailedData),
  'Tenant Destroy Failed': detail(FailedData),
} as const;
export type AnnouncementType = keyof typeof announcementDetails;

export interface Announcement {
  detail_type: AnnouncementType;
  detail: z.infer<(typeof announcementDetails)[AnnouncementType]>;
}

const verbs = {
  provision: ['Tenant Provisioned', 'Tenant Provision Failed'],
  update: ['Tenant Updated', 'Tenant Update Failed'],
  rollback: ['Tenant Updated', 'Tenant Update Failed'],
  heal: ['Tenant Updated', 'Tenant Update Failed'],
  destroy: ['Tenant Destroyed', 'Tenant Destroy Failed'],
} as const satisfies Record<Operation['type'], readonly [AnnouncementType, AnnouncementType]>;

/** What is announced of an operation that ended. It carries ids and outcomes, never the specification. */
export function announcementOf(operation: Operation, tenant: Tenant): Announcement {
  const { operation_id, tenant_id, incarnation, type, state, revision, actor, request_id, error, result } = operation;
  const [succeeded, failed] = verbs[type];
  const metadata: AnnouncementMetadata = {
    event_id: operation_id,
    schema_version: '1',
    operation_id,
    incarnation,
    actor,
    ...(request_id && { request_id }),
    occurred_at: operation.ended_at ?? tenant.updated_at,
  };
  const about = { tenant_id, provider_type: tenant.provider_type, ...(revision !== undefined && { revision }) };
  if (state === 'succeeded' || !error) {
    const changes = result && 'changes' in result ? { changes: result.changes } : {};
    const endpoints = type === 'destroy' ? [] : tenant.endpoints;
    return { detail_type: succeeded, detail: { metadata, data: { ...about, ...changes, endpoints } } };
  }
  return { detail_type: failed, detail: { metadata, data: { ...about, error } } };
}
