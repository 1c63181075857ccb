import type * as z from 'zod';
import type { AnnouncementMetadata, AnnouncementType, announcementDetails } from './announcement.ts';
import type { Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';

/** The `source` of everything Berth announces. */
export const ANNOUNCEMENT_SOURCE = 'berth';

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

/**
 * What a write of a tenant's item announces: the operations that had not ended before it. An operation ends either in its
 * place, or as one that gave way, in the outbox. Nothing is announced of an item that goes away. Pure: the same two images,
 * the same announcements, so that repetitions of a change can be told by their `event_id`.
 */
export function announcementsOf(before: Tenant | undefined, after: Tenant | undefined): Announcement[] {
  if (!after) return [];
  const known = new Set(endedOf(before).map(({ operation_id }) => operation_id));
  const fresh = endedOf(after).filter(({ operation_id }) => !known.has(operation_id));
  const distinct = new Map(fresh.map((operation) => [operation.operation_id, operation]));
  return [...distinct.values()].map((operation) => announcementOf(operation, after));
}

/** The operations that an item says have ended, the oldest first. */
function endedOf(tenant: Tenant | undefined): Operation[] {
  const all = tenant ? [...tenant.outbox, tenant.operation] : [];
  return all.filter(({ state }) => state !== 'running');
}

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
    const endpoints = result && 'endpoints' in result ? result.endpoints : type === 'destroy' ? [] : tenant.endpoints;
    return fitted({ detail_type: succeeded, detail: { metadata, data: { ...about, ...changes, endpoints } } });
  }
  return fitted({ detail_type: failed, detail: { metadata, data: { ...about, error } } });
}

/** The most that an announcement may take, in bytes of JSON: what EventBridge takes is counted with the source and the type. */
const MAX_BYTES = 230 * 1024;

/** How much is kept of a text and of a list where the whole does not fit. Twenty of the longest texts, in the longest escapes, are far below the limit. */
const SHORT_TEXT = 256;
const SHORT_LIST = 10;

/** The announcement itself, where it fits into an event; else one with shorter texts and lists. */
export function fitted({ detail_type, detail }: Announcement): Announcement {
  if (Buffer.byteLength(JSON.stringify(detail)) <= MAX_BYTES) return { detail_type, detail };
  const { metadata, data } = shortened(detail) as Announcement['detail'];
  return { detail_type, detail: { metadata: { ...metadata, truncated: true }, data } as Announcement['detail'] };
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > SHORT_TEXT ? `${value.slice(0, SHORT_TEXT - 1).toWellFormed()}…` : value;
  if (Array.isArray(value)) return value.slice(0, SHORT_LIST).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shortened(field)]));
}
