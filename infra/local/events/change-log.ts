import type { Database, Item, Write } from 'dynalite/db/index.js';

/** One write of a tenant: the item before and after, as DynamoDB's change stream has them. */
export interface ChangeRecord {
  sequence: string;
  before: Item | undefined;
  after: Item | undefined;
}

const PREFIX = 'changes~';
const END = 'changes~~';

/**
 * The change stream of the tenants table on this machine. Each record is written together with the item, in one batch, and
 * stays until it is removed: what was written and not yet told is told after a kill, however often that comes. Records of one
 * item are in the order of its writes.
 */
export class ChangeLog {
  #db: Database | undefined;
  #last = 0;
  #listener: (() => void) | undefined;

  /** The database of the table; called as it is made. */
  attach(db: Database): this {
    this.#db = db;
    return this;
  }

  /** Goes on behind what is there; called before the first write. */
  async open(): Promise<void> {
    const [last] = await this.#iterate({ limit: 1, reverse: true });
    this.#last = Math.max(this.#last, Number(last?.sequence ?? 0));
  }

  /** The record that belongs to a write; none where it is not a tenant's. */
  recordOf(before: Item | undefined, after: Item | undefined): Write | undefined {
    const { S: pk = '' } = ((after ?? before)?.pk ?? {}) as { S?: string };
    if (!pk.startsWith('tenant#')) return undefined;
    this.#last += 1;
    return { type: 'put', key: `${PREFIX}${String(this.#last).padStart(15, '0')}`, value: { before, after } };
  }

  /** A record has been written. */
  notify(): void {
    this.#listener?.();
  }

  onRecord(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }

  /** The oldest records. */
  read(limit: number): Promise<ChangeRecord[]> {
    return this.#iterate({ limit });
  }

  async remove(sequences: readonly string[]): Promise<void> {
    await this.#db?.batch(sequences.map((sequence) => ({ type: 'del', key: `${PREFIX}${sequence}` })));
  }

  async #iterate(options: { limit: number; reverse?: boolean }): Promise<ChangeRecord[]> {
    const entries = (await this.#db?.iterator({ gt: PREFIX, lt: END, ...options }).all()) ?? [];
    return entries.map(([key, value]) => {
      const { before, after } = value as Omit<ChangeRecord, 'sequence'>;
      return { sequence: key.slice(PREFIX.length), before, after };
    });
  }
}
