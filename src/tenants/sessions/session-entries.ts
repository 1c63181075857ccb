import type { OperationSummary } from '../model/operation.ts';
import { entryAttributes } from '../store/activity.ts';
import type { Table } from '../store/table.ts';

/** How long it is kept who started a session: longer than the year that auditors usually ask for. */
const KEPT_SECONDS = 400 * 24 * 3600;

/** Keeps what the activity shows of a session. Its end is written over it. */
export async function putSession(table: Table, entry: OperationSummary): Promise<void> {
  const { tenant_id, operation_id, requested_at } = entry;
  const ttl = Math.floor(Date.parse(requested_at) / 1000) + KEPT_SECONDS;
  const sk = `${requested_at}#${operation_id}`;
  await table.put({ pk: `session#${tenant_id}`, sk, data: '{}', ttl, ...entryAttributes(entry) }, 'any');
}
