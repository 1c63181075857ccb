import type * as z from 'zod';
import type { AnnouncementMetadata, AnnouncementType, announcementDetails } from './announcement.ts';
import type { Operation } from './operation.ts';
import { kindOf } from './operation-kinds.ts';
import type { Orphan } from './records.ts';
import type { Tenant } from './tenant.ts';
import { endedOperations } from './tenant-state.ts';

/** The `source` of every event that Berth announces. */
export const ANNOUNCEMENT_SOURCE = 'berth';

export interface Announcement {
  detail_type: AnnouncementType;
  detail: z.infer<(typeof announcementDetails)[AnnouncementType]>;
}

/**
 * Returns the announcements of one write of a tenant's item: one for each operation that ended with it, and one where its
 * health changed. An operation ends as the latest of its tenant, or in the outbox when a newer request cancelled it.
 * Removing an item announces nothing.
 *
 * The function is pure: equal images give equal announcements, so consumers can drop repetitions by `event_id`.
 */
export function announcementsOf(before: Tenant | undefined, after: Tenant | undefined): Announcement[] {
  if (!after) return [];
  const known = new Set((before ? endedOperations(before) : []).map(({ operation_id }) => operation_id));
  const ended = endedOperations(after).filter(({ operation_id }) => !known.has(operation_id));
  return [...ended.map((operation) => announcementOf(operation, after)), ...healthAnnouncementsOf(before, after)];
}

/**
 * Returns the announcement of a tenant that became degraded by its health, or is no longer. A new life begins with no health
 * on record, and a destroy ends the record: neither announces anything.
 */
function healthAnnouncementsOf(before: Tenant | undefined, after: Tenant): Announcement[] {
  const { tenant_id, incarnation, provider_type, serving, health } = after;
  const known = before?.incarnation === incarnation ? before.health : undefined;
  const isDegraded = health?.trouble !== undefined;
  if (!health || (known?.trouble !== undefined) === isDegraded) return [];
  const { trouble, message, since, observed_at, restart_count, changes } = health;
  const metadata: AnnouncementMetadata = {
    event_id: `${tenant_id}.${incarnation}.health.${changes}`,
    schema_version: '1',
    incarnation,
    actor: 'berth:watch',
    occurred_at: since,
  };
  const data = {
    tenant_id,
    provider_type,
    ...(serving && { revision: serving.revision }),
    health: health.health,
    ...(trouble && { reason: trouble }),
    message,
    since,
    ...(observed_at && { observed_at }),
    restart_count,
  };
  return [fitted({ detail_type: isDegraded ? 'Tenant Degraded' : 'Tenant Recovered', detail: { metadata, data } })];
}

/**
 * Returns the announcement of one write of an orphan's item: at its first sighting, and again where a time of removal was
 * decided on. Other writes and removals of the item announce nothing.
 */
export function orphanAnnouncementsOf(before: Orphan | undefined, after: Orphan | undefined): Announcement[] {
  if (!after) return [];
  const isDecided = after.remove_at !== undefined && after.remove_at !== before?.remove_at;
  if (before && !isDecided) return [];
  const { provider, tenant_id, first_seen_at, installation, remove_at } = after;
  const metadata: AnnouncementMetadata = {
    event_id: ['orphan', provider, tenant_id, first_seen_at, ...(remove_at ? [remove_at] : [])].join('.'),
    schema_version: '1',
    actor: 'berth:inventory',
    occurred_at: first_seen_at,
  };
  const data = {
    tenant_id,
    provider_type: provider,
    ...(installation !== undefined && { installation }),
    first_seen_at,
    ...(remove_at !== undefined && { remove_at }),
  };
  return [{ detail_type: 'Orphan Found', detail: { metadata, data } }];
}

/** Returns the announcement of an ended operation. It carries ids and results, never the specification. */
export function announcementOf(operation: Operation, tenant: Tenant): Announcement {
  const { operation_id, tenant_id, incarnation, state, revision, actor, request_id, requester, error, result } =
    operation;
  const approvals = operation.approvals?.map(({ by, at }) => ({ by, at }));
  const { announces, endsIn } = kindOf(operation);
  const metadata: AnnouncementMetadata = {
    event_id: operation_id,
    schema_version: '1',
    operation_id,
    incarnation,
    actor,
    ...(request_id && { request_id }),
    ...(requester && { requester }),
    occurred_at: operation.ended_at ?? tenant.updated_at,
  };
  const about = {
    tenant_id,
    provider_type: tenant.provider_type,
    ...(revision !== undefined && { revision }),
    ...(approvals && { approvals }),
  };
  if (state !== 'succeeded' && error) {
    return fitted({ detail_type: announces.failure, detail: { metadata, data: { ...about, error } } });
  }
  const changes = result && 'changes' in result ? { changes: result.changes } : {};
  const recorded = endsIn === 'ready' ? tenant.endpoints : [];
  const endpoints = result && 'endpoints' in result ? result.endpoints : recorded;
  return fitted({ detail_type: announces.success, detail: { metadata, data: { ...about, ...changes, endpoints } } });
}

/** The largest detail, in bytes of JSON. EventBridge takes 256 KB and counts source and type in. */
const MAX_BYTES = 230 * 1024;

/** The length of texts and lists in a shortened announcement. The largest one then stays far below the limit. */
const SHORT_TEXT = 256;
const SHORT_LIST = 10;

/** Returns the announcement; with shorter texts and lists, and `truncated`, where it would not fit into an event. */
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
