/**
 * One item of the table. All that is not a key lives in `data`, as JSON, so an implementation of the table deals in flat
 * texts and numbers.
 */
export interface Item {
  pk: string;
  sk: string;
  data: string;
  /** Counts the writes of an item that can be overwritten; each overwrite names the version it replaces. */
  version?: number | undefined;
  /** Expiry in epoch seconds. DynamoDB may take days to remove an expired item, so readers check it too. */
  ttl?: number | undefined;
  /** The keys of the indexes: an item is in an index if it has the index's key. */
  listed?: string | undefined;
  provider?: string | undefined;
  phase?: string | undefined;
  work?: string | undefined;
  work_at?: string | undefined;
  /** The part that indexes carry: of a tenant, what lists show. */
  summary?: string | undefined;
  activity?: string | undefined;
  activity_at?: string | undefined;
  /** The operation of the item, as the activity shows it. */
  activity_summary?: string | undefined;
}

interface Index {
  key: keyof Item;
  sort: keyof Item;
  /** The attributes that the index carries beside its keys and those of the table. */
  projected: readonly (keyof Item)[];
}

/**
 * The indexes. Each value of an index's key is one partition, in the order of the sort key. A partition takes 1,000 writes a
 * second (DynamoDB's documented limit), far more than the launches that any compute provider accepts.
 */
export const indexes = {
  /** Every tenant that is not destroyed, by id. */
  listed: { key: 'listed', sort: 'sk', projected: ['summary', 'ttl'] },
  /** The same, by provider. */
  provider: { key: 'provider', sort: 'sk', projected: ['summary', 'ttl'] },
  /** Every tenant, tombstones included, by phase. */
  phase: { key: 'phase', sort: 'sk', projected: ['summary', 'ttl'] },
  /** Tenants with unfinished work, by when it is due. */
  work: { key: 'work', sort: 'work_at', projected: ['summary', 'ttl'] },
  /** Operations of all tenants, by when they were requested. */
  activity: { key: 'activity', sort: 'activity_at', projected: ['activity_summary', 'ttl'] },
} as const satisfies Record<string, Index>;

export type IndexName = keyof typeof indexes;

export interface Query {
  /** The index; without one, the table itself, with key `pk` and sort key `sk`. */
  index?: IndexName | undefined;
  /** The value of the key. */
  key: string;
  /** Limits the sort keys: after a value, before a value, up to and including a value, or beginning with a text. */
  range?: { after: string } | { before: string } | { upTo: string } | { beginsWith: string } | undefined;
  limit: number;
  descending?: boolean | undefined;
}

/** The item does not have the version that the write expects: another writer was first. */
export class ConditionFailedError extends Error {}

/** Ignores `ConditionFailedError`: for a write that is not needed where another writer was first. */
export function ignoreConditionFailed(error: unknown): void {
  if (!(error instanceof ConditionFailedError)) throw error;
}

/**
 * The database port of the store: single items, conditional puts and queries by key. Reads of the table are consistent;
 * reads of an index may lag.
 */
export interface Table {
  get(pk: string, sk: string): Promise<Item | undefined>;
  /**
   * Writes the whole item on condition: the stored item has the version `expected`, or there is none for `'absent'`. Throws
   * `ConditionFailedError` otherwise.
   */
  put(item: Item, expected: number | 'absent' | 'any'): Promise<void>;
  remove(pk: string, sk: string): Promise<void>;
  /**
   * Returns at most `limit` items in the order of the sort key (by the bytes of its UTF-8). Fewer than `limit` means that
   * there are no more. Items from an index have their keys and what is projected, and empty `data`.
   */
  query(query: Query): Promise<Item[]>;
}
