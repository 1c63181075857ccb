import type { TenantRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** The most that are kept. */
const MAX_KNOWN = 10_000;

/**
 * Reads what is wanted of records. A record is read again only if its file is another one than before: reading and checking
 * the records of 200 tenants takes longer than all that is done with them. Call it under a lock where the newest is needed.
 */
export class RecordFacts<Facts> {
  readonly #store: RecordStore;
  readonly #factsOf: (record: TenantRecord) => Facts;
  readonly #known = new Map<string, { stamp: string; facts: Facts }>();

  constructor(store: RecordStore, factsOf: (record: TenantRecord) => Facts) {
    this.#store = store;
    this.#factsOf = factsOf;
  }

  /** Returns null for a record that cannot be read, and undefined where there is none. */
  async of(tenantId: string): Promise<Facts | null | undefined> {
    const stamp = this.#store.stampOf(tenantId);
    const known = this.#known.get(tenantId);
    if (known?.stamp === stamp) return known?.facts;
    this.#known.delete(tenantId);
    if (stamp === undefined) return undefined;
    // The stamp is older than the record at most: then the next call reads the record again.
    const record = await this.#store.read(tenantId).catch(() => undefined);
    if (!record) return null;
    const facts = this.#factsOf(record);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(tenantId, { stamp, facts });
    return facts;
  }
}
