import type { Operation } from '../model/operation.ts';
import { parseOperationId } from '../model/operation-id.ts';
import type { KeyRecord, Orphan } from '../model/records.ts';
import { summaryOf } from '../model/summarize.ts';
import type { TenantSummary } from '../model/summary.ts';
import type { HistoryEntry, Phase, QueueName, Tenant } from '../model/tenant.ts';
import { hasUnfinishedWork, tombstoneTtl } from '../model/tenant-state.ts';
import type { Rates } from '../rate/rates.ts';
import { queueKey, workKeysOf } from '../rate/waiting-queue.ts';
import { readCursor, signCursor } from './cursor.ts';
import { CursorKey } from './cursor-key.ts';
import type { ListQuery } from './list-query.ts';
import { readEntry, readRates, readSummary, readTenant } from './read-item.ts';
import { type IndexName, type Item, ignoreConditionFailed, type Query, type Table } from './table.ts';

/*
 * One table. What is in it, and who reads it how:
 *
 *   pk                  sk                     what                                     written
 *   tenant#ID           ID                     the tenant: desired state, latest        whole, if the version is as read
 *                                              operation, lease, conditions
 *   history#ID          INCARNATION#SEQ        an ended operation and the revision      once; again, with a time to live,
 *                                              it made                                  when the tenant is destroyed
 *   key#DIGEST          key                    an idempotency key and what it led to    once; again if its operation never began
 *   orphan#PROVIDER     ID                     resources that no tenant owns            when first seen; removed when gone
 *   meta                NAME                   the key that signs cursors               once
 *   meta                inventory#PROVIDER     when the next inventory is due, or how   if the version is as read
 *                                              far one has come (inventorySchedule.ts)
 *   pace#BACKEND        BACKEND                how fast its calls may go (rateLimiter.ts)     if the version is as read
 *
 *   index      key                sort       items
 *   listed     'tenant'           sk (ID)    tenants that are not destroyed
 *   provider   name               sk (ID)    the same, by provider
 *   phase      phase              sk (ID)    all tenants, by phase
 *   work       'work'             work_at    tenants with unfinished work, by when it is due; rates before them
 *              line#BACKEND#LINE  work_at    tenants that wait for their turn (line.ts)
 */

const SEQ_DIGITS = 9;
const KEY_SECONDS = 24 * 3600;

export interface TenantPage {
  tenants: TenantSummary[];
  next_cursor?: string | undefined;
}

/** A tenant as it was read, and the version to write it against: 0 where nothing is there. */
export interface Versioned {
  tenant: Tenant | undefined;
  version: number;
}

/** Reads and writes of the tenants table, in Berth's own nouns. Every write is of one item; those that can race are conditional. */
export class Store {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #cursorKey: CursorKey;

  constructor(table: Table, now: () => number = Date.now) {
    this.#table = table;
    this.#cursorKey = new CursorKey(table);
    this.#now = now;
  }

  /** The tenant, or the tombstone of a destroyed one. */
  async getTenant(tenantId: string): Promise<Versioned> {
    const item = await this.#table.get(`tenant#${tenantId}`, tenantId);
    const tenant = item && this.#isCurrent(item) ? await readTenant(item) : undefined;
    return { tenant, version: item?.version ?? 0 };
  }

  /** What lists show of a tenant or its tombstone, and how the rest is read, which takes no other read of the table. */
  async getSummary(tenantId: string): Promise<{ summary: TenantSummary; tenant(): Promise<Tenant> } | undefined> {
    const item = await this.#table.get(`tenant#${tenantId}`, tenantId);
    if (!item?.summary || !this.#isCurrent(item)) return undefined;
    return { summary: await readSummary(item.summary), tenant: () => readTenant(item) };
  }

  /** Writes the tenant if it still has that version. Throws `ConditionFailedError` if not. Answers the new version. */
  async putTenant(tenant: Tenant, version: number): Promise<number> {
    const next = version + 1;
    // Whoever destroys what never was need not know its provider, and the key of an index is never empty.
    const place =
      tenant.phase === 'destroyed'
        ? { ttl: tombstoneTtl(tenant.updated_at) }
        : { listed: 'tenant', provider: tenant.provider_type || undefined };
    const item: Item = {
      pk: `tenant#${tenant.tenant_id}`,
      sk: tenant.tenant_id,
      data: JSON.stringify(tenant),
      version: next,
      phase: tenant.phase,
      summary: JSON.stringify(summaryOf(tenant)),
      ...place,
      ...(hasUnfinishedWork(tenant) && workKeysOf(tenant)),
    };
    await this.#table.put(item, version === 0 ? 'absent' : version);
    return next;
  }

  /**
   * A page of tenants in the order of their ids. It looks at no more than a fixed number of them, and shows no more than some
   * 512 KB, so a page may be short, or empty, and still have a next one.
   */
  async listTenants({ provider, phase, labels = {}, limit, cursor, caller }: ListQuery): Promise<TenantPage> {
    const scope = { caller, filter: [provider, phase, labels] };
    const key = await this.#cursorKey.get();
    const [index, value]: [IndexName, string] = phase
      ? ['phase', phase]
      : provider
        ? ['provider', provider]
        : ['listed', 'tenant'];
    const wanted = (summary: TenantSummary) =>
      summary.revision > 0 && // else it is the record of a destroy for which there was no tenant
      (!provider || summary.provider_type === provider) &&
      Object.entries(labels).every(([label, expected]) => summary.labels[label] === expected);
    const isFiltered = Object.keys(labels).length > 0 || (phase !== undefined && provider !== undefined);
    const examined = isFiltered ? Math.max(limit, EXAMINED_PER_PAGE) : limit;
    const after = cursor === undefined ? undefined : readCursor(cursor, scope, key);
    const items = await this.#table.query({ index, key: value, limit: examined, ...(after && { range: { after } }) });
    const tenants: TenantSummary[] = [];
    let last: string | undefined;
    let bytes = 0;
    for (const { sk, ttl, summary: text = '{}' } of items) {
      if (tenants.length === limit || bytes > PAGE_BYTES) break;
      last = sk;
      const summary = await readSummary(text);
      if (!this.#isCurrent({ ttl }) || !wanted(summary)) continue;
      tenants.push(summary);
      bytes += Buffer.byteLength(text);
    }
    const isLast = items.length < examined && last === items.at(-1)?.sk;
    return { tenants, ...(!isLast && last && { next_cursor: signCursor(last, scope, key) }) };
  }

  /**
   * Ids of tenants whose unfinished work is due, the longest due first; with `early`, also those whose work is due later.
   * Beside them, what is known of backends that throttle.
   */
  async findDue(limit: number, { early = false } = {}): Promise<{ tenants: string[]; rates: Map<string, Rates> }> {
    const upTo = early ? '9' : new Date(this.#now()).toISOString();
    const items = await this.#table.query({ index: 'work', key: 'work', range: { upTo }, limit });
    const rates = new Map<string, Rates>();
    for (const { pk, sk, summary = '{}' } of items) {
      if (pk.startsWith('pace#')) rates.set(sk, await readRates(summary));
    }
    return { tenants: items.filter(({ pk }) => !pk.startsWith('pace#')).map(({ sk }) => sk), rates };
  }

  /** Ids of tenants that wait in a line of a backend, the longest waiting first. */
  async listQueue(backend: string, name: QueueName, limit: number): Promise<string[]> {
    const range = { upTo: new Date(this.#now()).toISOString() };
    const items = await this.#table.query({ index: 'work', key: queueKey(backend, name), range, limit });
    return items.map((item) => item.sk);
  }

  /** All tenants of a provider that are not destroyed, in the order of their ids, or from one id on; a page at a time. */
  async *tenantsOf(provider: string, after?: string): AsyncGenerator<TenantSummary> {
    for await (const item of this.#walk({ index: 'provider', key: provider }, after))
      yield await readSummary(item.summary ?? '{}');
  }

  /** Every tenant of a phase, tombstones included, in the order of their ids, or from one id on; a page at a time. */
  async *tenantsIn(phase: Phase, after?: string): AsyncGenerator<TenantSummary> {
    for await (const item of this.#walk({ index: 'phase', key: phase }, after))
      yield await readSummary(item.summary ?? '{}');
  }

  /** Keeps an ended operation and the revision it made; until `ttl`, if there is one. Repeating it changes nothing. */
  async putHistory({ operation, revision, ttl }: HistoryEntry & { ttl?: number | undefined }): Promise<void> {
    const { tenant_id, incarnation, seq } = operation;
    const item = {
      pk: `history#${tenant_id}`,
      sk: historyKey(incarnation, seq),
      data: JSON.stringify({ operation, revision }),
      ttl,
    };
    await this.#table.put(item, 'absent').catch(ignoreConditionFailed);
  }

  /** Lets the history of a life go at that time (epoch seconds). Entries say the same for ever, so writing them again loses nothing. */
  async expireHistory(tenantId: string, incarnation: string, ttl: number): Promise<void> {
    for (let after = historyKey(incarnation, 0); ; ) {
      const page = await this.#table.query({ key: `history#${tenantId}`, range: { after }, limit: EXPIRED_AT_ONCE });
      const own = page.filter((item) => item.sk.startsWith(`${incarnation}#`));
      await Promise.all(own.map((item) => this.#table.put({ ...item, ttl }, 'any')));
      if (own.length < EXPIRED_AT_ONCE) return;
      after = own.at(-1)?.sk ?? after;
    }
  }

  /** The history of one life of a tenant, newest first, or from a place on in the order of its operations. */
  async listHistory(
    tenantId: string,
    incarnation: string,
    options: { limit: number; fromSeq?: number | undefined },
  ): Promise<HistoryEntry[]> {
    const { limit, fromSeq } = options;
    const ascending = fromSeq !== undefined;
    const items = await this.#table.query({
      key: `history#${tenantId}`,
      range: ascending ? { after: historyKey(incarnation, fromSeq - 1) } : { beginsWith: `${incarnation}#` },
      limit,
      descending: !ascending,
    });
    const entries = items.filter((item) => item.sk.startsWith(`${incarnation}#`) && this.#isCurrent(item));
    return Promise.all(entries.map(readEntry));
  }

  /** The latest of the history of all lives of a tenant, newest first. */
  async latestHistory(tenantId: string, limit: number): Promise<HistoryEntry[]> {
    const items = await this.#table.query({ key: `history#${tenantId}`, limit, descending: true });
    return Promise.all(items.map(readEntry));
  }

  /** The operation of that id, wherever it is kept. */
  async getOperation(operationId: string): Promise<Operation | undefined> {
    const parts = parseOperationId(operationId);
    if (!parts) return undefined;
    const { tenant } = await this.getTenant(parts.tenantId);
    const known = [tenant?.operation, ...(tenant?.outbox ?? [])].find(
      (operation) => operation?.operation_id === operationId,
    );
    if (known) return known;
    const item = await this.#table.get(`history#${parts.tenantId}`, historyKey(parts.incarnation, parts.seq));
    return item && this.#isCurrent(item) ? (await readEntry(item)).operation : undefined;
  }

  /** What an idempotency key (its digest) stands for. */
  async getKey(digest: string): Promise<{ record: KeyRecord | undefined; version: number }> {
    const item = await this.#table.get(`key#${digest}`, 'key');
    const record = item && this.#isCurrent(item) ? (JSON.parse(item.data) as KeyRecord) : undefined;
    return { record, version: item?.version ?? 0 };
  }

  /** Claims a key for an operation, if it still has that version. Throws `ConditionFailedError` if not. */
  async putKey(digest: string, record: KeyRecord, version: number): Promise<void> {
    const ttl = Math.floor(this.#now() / 1000) + KEY_SECONDS;
    const item = { pk: `key#${digest}`, sk: 'key', data: JSON.stringify(record), version: version + 1, ttl };
    await this.#table.put(item, version === 0 ? 'absent' : version);
  }

  /** What is known of resources of a provider that no tenant owns, in the order of ids, or from one id on; a page at a time. */
  async *orphansOf(provider: string, after?: string): AsyncGenerator<Orphan> {
    for await (const item of this.#walk({ key: `orphan#${provider}` }, after)) yield JSON.parse(item.data) as Orphan;
  }

  async putOrphan(orphan: Orphan): Promise<void> {
    await this.#table.put(
      { pk: `orphan#${orphan.provider}`, sk: orphan.tenant_id, data: JSON.stringify(orphan) },
      'any',
    );
  }

  async removeOrphan({ provider, tenant_id }: Pick<Orphan, 'provider' | 'tenant_id'>): Promise<void> {
    await this.#table.remove(`orphan#${provider}`, tenant_id);
  }

  async *#walk(query: Pick<Query, 'index' | 'key'>, after: string | undefined): AsyncGenerator<Item> {
    for (let last = after; ; ) {
      const range = last ? { range: { after: last } } : {};
      const items = await this.#table.query({ ...query, ...range, limit: WALKED_AT_ONCE });
      yield* items;
      last = items.at(-1)?.sk;
      if (items.length < WALKED_AT_ONCE) return;
    }
  }

  #isCurrent({ ttl }: Pick<Item, 'ttl'>): boolean {
    return ttl === undefined || ttl * 1000 > this.#now();
  }
}

/** How many items are read at a time where all are wanted. */
const WALKED_AT_ONCE = 1000;

/** How many entries of a history are written at a time; each may have a specification of 64 KB in it. */
const EXPIRED_AT_ONCE = 25;

/** How many tenants a filtered page looks at. */
const EXAMINED_PER_PAGE = 500;

/** Where a page ends for its size: one tenant has up to 50 KB of labels, and an answer may not be larger than 1 MB. */
const PAGE_BYTES = 512 * 1024;

function historyKey(incarnation: string, seq: number): string {
  return `${incarnation}#${String(seq).padStart(SEQ_DIGITS, '0')}`;
}
