/**
 * One item of the table. Everything that is not a key or an index lives in `data`, as JSON, so that every implementation of
 * the table deals in flat texts and numbers.
 */
export interface Item {
  pk: string;
  sk: string;
  data: string;
  /** Counts the writes of an item that is ever overwritten; each overwrite names the version it replaces. */
  version?: number | undefined;
  /** Epoch seconds after which the item may go (DynamoDB's time to live; it may take days, so readers check it too). */
  ttl?: number | undefined;
  /** Index keys: an item is in an index if it has the index's key. */
  listed?: string | undefined;
  provider?: string | undefined;
  phase?: string | undefined;
  work?: string | undefined;
  work_at?: string | undefined;
  /** The part of a tenant that lists show, so that an index need not carry the whole. */
  summary?: string | undefined;
}

/**
 * The indexes. Each is one partition per value of its key, in the order of its sort key. A partition takes 1,000 writes
 * a second (DynamoDB's documented bound), far more than any compute provider accepts launches.
 */
export const indexes = {
  /** Every tenant that is not destroyed, by id. */
  listed: { key: 'listed', sort: 'sk' },
  /** The same, a provider at a time. */
  provider: { key: 'provider', sort: 'sk' },
  /** Every tenant, tombstones included, a phase at a time. */
  phase: { key: 'phase', sort: 'sk' },
  /** Only what has unfinished work, by when it is due. */
  work: { key: 'work', sort: 'work_at' },
} as const satisfies Record<string, { key: keyof Item; sort: keyof Item }>;

export type IndexName = keyof typeof indexes;

/** What an item shows in an index beside its keys and the index's. */
export const projected = ['summary', 'ttl'] as const satisfies (keyof Item)[];

export interface Query {
  /** Which index; none is the table itself, whose key is `pk` and whose sort key is `sk`. */
  index?: IndexName | undefined;
  /** The one value of the key. */
  key: string;
  /** Only sort keys from this one on, or after it, or up to this one, or beginning with this. */
  range?: { after: string } | { upTo: string } | { beginsWith: string } | undefined;
  limit: number;
  descending?: boolean | undefined;
}

/** The item was not as the writer believed: somebody else was first. */
export class ConditionFailedError extends Error {}

/** For a write that is not needed where another writer was first. */
export function ignoreConditionFailed(error: unknown): void {
  if (!(error instanceof ConditionFailedError)) throw error;
}

/**
 * What the store needs of a database: single items, conditional puts, and queries by key. DynamoDB fits, and so does
 * anything that speaks its API. Reads of the table are consistent; reads of an index may lag.
 */
export interface Table {
  get(pk: string, sk: string): Promise<Item | undefined>;
  /** Writes the whole item if it has `expected` as its version, or is not there for `'absent'`; otherwise throws `ConditionFailedError`. */
  put(item: Item, expected: number | 'absent' | 'any'): Promise<void>;
  remove(pk: string, sk: string): Promise<void>;
  /**
   * Items in the order of the sort key (by the bytes of its UTF-8), at most `limit`; fewer than `limit` means that there
   * are no more. From an index they come with their keys and what is projected, and without data.
   */
  query(query: Query): Promise<Item[]>;
}
