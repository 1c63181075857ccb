import { trustSpec } from '../../compute/spec/check-spec.ts';
import { readRecordedSpec } from '../../compute/spec/recorded-spec.ts';
import type { Operation, OperationSummary } from '../model/operation.ts';
import { phases } from '../model/phases.ts';
import type { Orphan } from '../model/records.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { HistoryEntry, QueueName, Revision, Tenant } from '../model/tenant.ts';
import type { Rates } from '../rate/rates.ts';
import type { Item } from './table.ts';

/*
 * Readers of Berth's own records. Only Berth writes them, so they are parsed and not validated. A field that older versions
 * did not write gets its default, and a field that they wrote under another name gets its present one. Readers keep the
 * order of fields, so a record that is read and written again has the same text.
 */

/** An item that is no record of Berth: it was damaged, or written by something else. */
export class UnreadableItemError extends Error {
  constructor({ pk, sk }: Pick<Item, 'pk' | 'sk'>, what: string) {
    super(`item ${pk}/${sk} of the tenants table ${what}; restore it from a backup`);
  }
}

/** A record, and the keys by which errors name it. */
type Row = Pick<Item, 'pk' | 'sk' | 'data'>;

/** Returns the tenant in an item of the table or of its change stream. Throws `UnreadableItemError`. */
export function readTenant(row: Row): Tenant {
  const { line, ...tenant } = parseRow<StoredTenant>(row, 'tenant_id', 'desired', 'operation');
  readOperation(tenant.operation);
  tenant.outbox ??= [];
  tenant.outbox.forEach(readOperation);
  tenant.fence ??= 0;
  tenant.endpoints ??= [];
  tenant.resource_ids ??= {};
  tenant.conditions ??= [];
  readRevision(tenant.desired);
  if (tenant.outbox_revision) readRevision(tenant.outbox_revision);
  if (line) tenant.waiting = { backend: line.backend, queue: line.name, first_try: line.act };
  return tenant;
}

/** Returns an entry of a history. Throws `UnreadableItemError`. */
export function readEntry(row: Row): HistoryEntry {
  const entry = parseRow<HistoryEntry>(row, 'operation');
  readOperation(entry.operation);
  if (entry.revision) readRevision(entry.revision);
  return entry;
}

/** Returns a tenant as lists show it, from the text in the index. Throws `UnreadableItemError`. */
export function readSummary({ pk, sk, summary = '' }: Omit<Row, 'data'> & Pick<Item, 'summary'>): IndexedSummary {
  const read = parseRow<IndexedSummary>({ pk, sk, data: summary }, 'tenant_id', 'phase');
  if (read.restart_count !== undefined) return read;
  // Older versions did not look at tenants. Whether one is watched is then decided from its whole item.
  const watched = phases[read.phase]?.observed ? ('unsettled' as const) : undefined;
  return { ...read, health: 'unknown', observed_at: null, restart_count: 0, watched };
}

/** Returns an operation as the activity shows it, from the text in the index. Throws `UnreadableItemError`. */
export function readOperationSummary({ pk, sk, activity_summary = '' }: Item): OperationSummary {
  return parseRow<OperationSummary>({ pk, sk, data: activity_summary }, 'operation_id', 'tenant_id');
}

/** Returns the rates of a backend, from its item or from the index. Throws `UnreadableItemError`. */
export function readRates({ pk, sk, summary = '' }: Omit<Row, 'data'> & Pick<Item, 'summary'>): Rates {
  const rates = parseRow<Rates>({ pk, sk, data: summary }, 'version', 'kinds');
  for (const rate of Object.values(rates.kinds)) {
    const { since }: { since: { slot?: number; turn?: number; at: number } } = rate;
    rate.since = { slot: since.slot ?? since.turn ?? 0, at: since.at };
  }
  return rates;
}

/** A tenant as this version or one before it may have written it. */
type StoredTenant = Tenant & { line?: { backend: string; name: QueueName; act: boolean } };

function readRevision(revision: Revision): void {
  revision.spec = trustSpec(readRecordedSpec(revision.spec));
}

function readOperation(operation: Operation): void {
  operation.applied ??= false;
  operation.attempts ??= 0;
  operation.retries ??= [];
  operation.message ??= '';
}

/** Parses a row and checks that it is an object with the fields that every version wrote. */
function parseRow<T>({ pk, sk, data }: Row, ...required: (keyof T & string)[]): T {
  let record: unknown;
  try {
    record = JSON.parse(data);
  } catch {
    // Not the parser's error: it quotes the record, which may contain env values.
    throw new UnreadableItemError({ pk, sk }, 'is not JSON');
  }
  const missing = required.find((field) => (record as T | null)?.[field] === undefined);
  if (missing) throw new UnreadableItemError({ pk, sk }, `has no ${missing}`);
  return record as T;
}

/** Returns the orphan of an item. Items of versions before have no installation and no time of removal. */
export function readOrphan(row: Row): Orphan {
  return parseRow<Orphan>(row, 'provider', 'tenant_id', 'first_seen_at');
}
