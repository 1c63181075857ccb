import type { Operation, OperationState, OperationSummary } from '../model/operation.ts';
import type { ActivityType } from '../model/operation-kinds.ts';
import type { Item, Table } from './table.ts';

/*
 * The activity of an installation: the operations of all tenants, newest first. It needs no items of its own. The item of a
 * tenant contains its latest operation, and an item of the history an ended one; both are in the index `activity`, in the
 * order of the times of their requests. An operation that has just moved into the history is in the index twice, with the
 * same sort key, so the two entries are adjacent and one is dropped.
 *
 * What the index carries changes when an operation begins and when it ends, not with its retries, so these cost no write of
 * the index. A cancelled operation is not in the index between its end and its move into the history.
 */

const KEY = 'activity';

/** How many operations a filtered page examines. */
const EXAMINED_PER_PAGE = 500;
const MAX_TEXT = 256;

export interface ActivityFilter {
  state?: OperationState | undefined;
  type?: ActivityType | undefined;
  limit: number;
}

export interface ActivityQuery extends ActivityFilter {
  cursor?: string | undefined;
  /** The identity of the caller: a cursor is valid for it only. */
  caller: string;
}

export interface ActivityPage {
  operations: OperationSummary[];
  next_cursor?: string | undefined;
}

/** Returns the attributes by which the item of an operation is in the activity. */
export function activityAttributes(
  operation: Operation,
): Record<'activity' | 'activity_at' | 'activity_summary', string> {
  return entryAttributes(summarizeOperation(operation));
}

/** Returns the attributes of an item that is in the activity with this entry. */
export function entryAttributes(
  entry: OperationSummary,
): Record<'activity' | 'activity_at' | 'activity_summary', string> {
  return {
    activity: KEY,
    activity_at: `${entry.requested_at}#${entry.operation_id}`,
    activity_summary: JSON.stringify(entry),
  };
}

/**
 * Returns operations that were requested before a position, newest first, and the position of the next part; undefined at
 * the end. It examines a bounded number of operations, so a part with a next one may be short or empty.
 */
export async function readActivity(
  table: Table,
  { state, type, limit }: ActivityFilter,
  { before, readable }: { before: string | undefined; readable: (item: Item) => OperationSummary | undefined },
): Promise<{ operations: OperationSummary[]; next: string | undefined }> {
  const isFiltered = state !== undefined || type !== undefined;
  // Each operation may be there twice.
  const examined = isFiltered ? Math.max(2 * limit, EXAMINED_PER_PAGE) : 2 * limit;
  const range = before === undefined ? undefined : { before };
  const items = await table.query({ index: 'activity', key: KEY, range, limit: examined, descending: true });
  const operations: OperationSummary[] = [];
  let last: string | undefined;
  for (const item of items) {
    if (item.activity_at === last) continue;
    if (operations.length === limit) return { operations, next: last };
    last = item.activity_at;
    const operation = readable(item);
    if (!operation || (state && operation.state !== state) || (type && operation.type !== type)) continue;
    operations.push(operation);
  }
  return { operations, next: items.length < examined ? undefined : last };
}

function summarizeOperation(operation: Operation): OperationSummary {
  const { operation_id, tenant_id, incarnation, type, state, revision, actor, request_id } = operation;
  const { requested_at, ended_at, message, error, approvals } = operation;
  return {
    operation_id,
    tenant_id,
    incarnation,
    type,
    state,
    ...(revision !== undefined && { revision }),
    actor,
    ...(request_id !== undefined && { request_id }),
    requested_at,
    ...(ended_at !== undefined && { ended_at, message: shortened(message) }),
    ...(approvals && { approved_by: [...new Set(approvals.map(({ by }) => by))] }),
    ...(error && { error: { code: error.code, message: shortened(error.message) } }),
  };
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…` : text;
}
