import type { Health } from '../../compute/results.ts';
import { parseOperationId } from '../model/ids.ts';
import type { Operation } from '../model/operation.ts';
import { phases } from '../model/phases.ts';
import type { KeyRecord } from '../model/records.ts';
import type { IndexedSummary, TenantSummary } from '../model/summary.ts';
import type { HistoryEntry, Phase, Tenant } from '../model/tenant.ts';
import { isScheduled, isWatched, summarize, tombstoneTtl } from '../model/tenant-state.ts';
import { watchKeysOf, workKeysOf } from '../rate/waiting-queue.ts';
import { type Round, readRound } from '../watch/round.ts';
import { type ShownHealth, shownHealth } from '../watch/shown-health.ts';
import { type ActivityPage, type ActivityQuery, activityAttributes, readActivity } from './activity.ts';
import { type CursorScope, readCursor, signCursor } from './cursor.ts';
import { readEntry, readOperationSummary, readSummary, readTenant, type UnreadableItemError } from './read-item.ts';
import { type IndexName, type Item, ignoreConditionFailed, type Query, type Table } from './table.ts';
import { walk } from './walk.ts';
import { WorkStore } from './work-store.ts';

/*
 * One table. What is in it, and who reads it how:
 *
 *   pk                  sk                     what                                     written
 *   tenant#ID           ID                     the tenant: desired state, latest        whole, if the version is as read
 *                                              operation, lease, conditions
 *   history#ID          INCARNATION#SEQ        an ended operation and the revision      once; again, with a time to live,
 *                                              it made                                  when the tenant is destroyed
 *   session#ID          TIME#SESSION           who started a program in a container, and     before it starts; again when it
 *                                              which (sessions/sessions.ts)                  fails or ends
 *   key#DIGEST          key                    an idempotency key and what it led to    once; again if its operation
 *                                                                                       never began
 *   orphan#PROVIDER     ID                     resources that no tenant owns            when first seen and when that
 *                                                                                       changes; removed when gone
 *   hostname#NAME       hostname               which tenant has a hostname              if the version is as read
 *                                              (place/claim-hostname.ts)
 *   meta                NAME                   the key of the installation; the id of   once
 *                                              the installation
 *   meta                removals               when orphans were removed lately         if the version is as read
 *   meta                place#PROVIDER         the place of all its tenants             if the version is as read
 *                                              (place-claims.ts)
 *   meta                inventory#PROVIDER     when the next inventory is due, or how   if the version is as read
 *                                              far one has come (inventory-schedule.ts)
 *   meta                watch#PROVIDER         when its tenants were last looked at        if the version is as read
 *                                              (watch/round.ts)
 *   meta                sweep                  the run of sweeps that began last           at the begin of each
 *   pace#BACKEND        BACKEND                the rates of its calls                   if the version is as read
 *                                              (rate-limiter.ts)
 *
 *   index      key                sort       items
 *   listed     'tenant'           sk (ID)    tenants that are not destroyed
 *   provider   name               sk (ID)    the same, by provider
 *   phase      phase              sk (ID)    all tenants, by phase
 *   work       'work'             work_at    tenants with unfinished work, by when it is due; rates before them
 *              line#BACKEND#QUEUE work_at    tenants in a waiting queue (waiting-queue.ts)
 *              'recovery'         work_at    failed tenants, by when they are looked at again (recovery.ts)
 *              'watch'            work_at    tenants whose health may have changed, by since when (watch/)
 *   activity   'activity'         time of    tenants, histories and sessions, by when the operation in them was requested
 *                                 request    (activity.ts)
 *
 * The records of rollouts are in the same table: src/rollouts/store/rollout-store.ts.
 * The keys pace# and line# are older than the words rate and queue, and stay for the sake of existing tables.
 */

const SEQ_DIGITS = 9;
const KEY_SECONDS = 24 * 3600;

/** How many entries of a history are rewritten at a time; each may contain a specification of 64 KB. */
const EXPIRE_BATCH = 25;
/** How many tenants a filtered page examines. */
const EXAMINED_PER_PAGE = 500;
/** The size after which a page ends: one tenant has up to 50 KB of labels, and an answer at most 1 MB. */
const PAGE_BYTES = 512 * 1024;

export interface ListQuery {
  provider?: string | undefined;
  phase?: Phase | undefined;
  health?: Health | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  limit: number;
  cursor?: string | undefined;
  /** The identity of the caller: a cursor is valid for it only. */
  caller: string;
}

export interface TenantPage {
  tenants: TenantSummary[];
  next_cursor?: string | undefined;
}

/** A tenant as it was read, and the version to write it against: 0 where no item is there. */
export interface Versioned {
  tenant: Tenant | undefined;
  version: number;
}

/**
 * Reads and writes the tenants table in Berth's own nouns. Every write is of one item; those that can race are conditional.
 */
export class Store extends WorkStore {
  readonly #table: Table;
  readonly #now: () => number;

  /** `report` is called once for each item that a list leaves out because it cannot be read. */
  constructor(
    table: Table,
    now: () => number = Date.now,
    report: (error: UnreadableItemError) => void = () => undefined,
  ) {
    super(table, now, report);
    this.#table = table;
    this.#now = now;
  }

  /** Returns the tenant, or the tombstone of a destroyed one. */
  async getTenant(tenantId: string): Promise<Versioned> {
    const item = await this.#table.get(`tenant#${tenantId}`, tenantId);
    const tenant = item && this.#isCurrent(item) ? readTenant(item) : undefined;
    return { tenant, version: item?.version ?? 0 };
  }

  /** Returns what lists show of a tenant or its tombstone, and a function that parses the rest of the same item. */
  async getSummary(tenantId: string): Promise<{ summary: IndexedSummary; tenant(): Tenant } | undefined> {
    const item = await this.#table.get(`tenant#${tenantId}`, tenantId);
    if (!item?.summary || !this.#isCurrent(item)) return undefined;
    return { summary: readSummary(item), tenant: () => readTenant(item) };
  }

  /** Writes the tenant if it still has that version. Returns the new version, or throws `ConditionFailedError`. */
  async putTenant(tenant: Tenant, version: number): Promise<number> {
    const next = version + 1;
    // A destroy of an id that never was a tenant may know no provider, and the key of an index cannot be empty.
    const listing = phases[tenant.phase].exists
      ? { listed: 'tenant', provider: tenant.provider_type || undefined }
      : { ttl: tombstoneTtl(tenant.updated_at) };
    const item: Item = {
      pk: `tenant#${tenant.tenant_id}`,
      sk: tenant.tenant_id,
      data: JSON.stringify(tenant),
      version: next,
      phase: tenant.phase,
      summary: JSON.stringify(summarize(tenant)),
      ...listing,
      ...(isScheduled(tenant) ? workKeysOf(tenant) : isWatched(tenant) && watchKeysOf(tenant)),
      ...activityAttributes(tenant.operation),
    };
    await this.#table.put(item, version === 0 ? 'absent' : version);
    return next;
  }

  /**
   * Returns a page of tenants in the order of their ids. It examines a bounded number of tenants and ends at about 512 KB,
   * so a page with a next one may be short or empty. Throws `InvalidRequestError` for a cursor of another list.
   */
  async listTenants({ provider, phase, health, labels = {}, limit, cursor, caller }: ListQuery): Promise<TenantPage> {
    const scope = { caller, filter: [provider, phase, labels, ...(health ? [health] : [])] };
    const signingKey = await this.key.get();
    const [index, key]: [IndexName, string] = phase
      ? ['phase', phase]
      : provider
        ? ['provider', provider]
        : ['listed', 'tenant'];
    const isWanted = (summary: TenantSummary) =>
      summary.revision > 0 && // revision 0 is the record of a destroy for which there was no tenant
      (!provider || summary.provider_type === provider) &&
      Object.entries(labels).every(([label, expected]) => summary.labels[label] === expected);
    const isFiltered = health || Object.keys(labels).length > 0 || (phase !== undefined && provider !== undefined);
    const rounds = new Map<string, Promise<Round | undefined>>();
    const examined = isFiltered ? Math.max(limit, EXAMINED_PER_PAGE) : limit;
    const after = cursor === undefined ? undefined : readCursor(cursor, scope, signingKey);
    const items = await this.#table.query({ index, key, limit: examined, ...(after && { range: { after } }) });
    const tenants: TenantSummary[] = [];
    let last: string | undefined;
    let bytes = 0;
    for (const item of items) {
      if (tenants.length === limit || bytes > PAGE_BYTES) break;
      last = item.sk;
      const indexed = this.readable(() => readSummary(item));
      if (!indexed || !this.#isCurrent(item) || !isWanted(indexed)) continue;
      const shown = await this.#shown(indexed, rounds);
      if (health && shown.health !== health) continue;
      const { place: _, watched: _watched, of_rollout: _rollout, ...summary } = indexed;
      tenants.push({ ...summary, ...shown });
      bytes += Buffer.byteLength(item.summary ?? '');
    }
    const isLast = items.length < examined && last === items.at(-1)?.sk;
    return { tenants, ...(!isLast && last && { next_cursor: signCursor(last, scope, signingKey) }) };
  }

  /**
   * Returns a page of the operations of all tenants, newest first. It examines a bounded number of them, so a filtered page
   * with a next one may be short or empty. Throws `InvalidRequestError` for a cursor of another list.
   */
  async listActivity({ cursor, caller, ...filter }: ActivityQuery): Promise<ActivityPage> {
    const scope = { caller, filter: ['activity', filter.state, filter.type] };
    const signingKey = await this.key.get();
    const before = cursor === undefined ? undefined : readCursor(cursor, scope, signingKey);
    const readable = (item: Item) =>
      this.#isCurrent(item) ? this.readable(() => readOperationSummary(item)) : undefined;
    const { operations, next } = await readActivity(this.#table, filter, { before, readable });
    return { operations, ...(next && { next_cursor: signCursor(next, scope, signingKey) }) };
  }

  /** Returns what is shown of a tenant's health. */
  healthOf(tenant: Tenant): Promise<ShownHealth> {
    return this.#shown(summarize(tenant), new Map());
  }

  /** `rounds`: the records that were read before, by provider. */
  async #shown(summary: IndexedSummary, rounds: Map<string, Promise<Round | undefined>>): Promise<ShownHealth> {
    const { provider_type: provider } = summary;
    const reading = rounds.get(provider) ?? readRound(this.#table, provider).then(({ round }) => round);
    rounds.set(provider, reading);
    return shownHealth(summary, await reading, this.#time());
  }

  /** Returns a cursor for a position in a list that belongs to a caller and a filter. */
  async cursorOf(position: number | undefined, scope: CursorScope): Promise<string | undefined> {
    return position === undefined ? undefined : signCursor(String(position), scope, await this.key.get());
  }

  /** Returns the position of a cursor. Throws `InvalidRequestError` for one of another list or caller. */
  async positionOf(cursor: string | undefined, scope: CursorScope): Promise<number | undefined> {
    return cursor === undefined ? undefined : Number(readCursor(cursor, scope, await this.key.get()));
  }

  /** Yields all tenants of a provider that are not destroyed, in the order of their ids, those after an id. */
  async *tenantsOf(provider: string, after?: string): AsyncGenerator<IndexedSummary> {
    yield* this.#summaries({ index: 'provider', key: provider }, after);
  }

  /** Yields all tenants that are not destroyed, in the order of their ids, those after an id. */
  async *allTenants(after?: string): AsyncGenerator<IndexedSummary> {
    yield* this.#summaries({ index: 'listed', key: 'tenant' }, after);
  }

  /** Yields every tenant of a phase, tombstones included, in the order of their ids, those after an id. */
  async *tenantsIn(phase: Phase, after?: string): AsyncGenerator<IndexedSummary> {
    yield* this.#summaries({ index: 'phase', key: phase }, after);
  }

  /** Keeps an ended operation and the revision it made; until `ttl`, if there is one. Repeating it changes nothing. */
  async putHistory({ operation, revision, ttl }: HistoryEntry & { ttl?: number | undefined }): Promise<void> {
    const { tenant_id, incarnation, seq } = operation;
    const item = {
      pk: `history#${tenant_id}`,
      sk: historyKey(incarnation, seq),
      data: JSON.stringify({ operation, revision }),
      ttl,
      ...activityAttributes(operation),
    };
    await this.#table.put(item, 'absent').catch(ignoreConditionFailed);
  }

  /**
   * Gives the next entries of the history of a life a time to live (epoch seconds): those after an operation's `seq`, a
   * bounded number. Returns the `seq` after which to go on, or undefined at the end. Entries never change, so writing them
   * again is safe.
   */
  async expireHistory(
    tenantId: string,
    incarnation: string,
    { ttl, afterSeq }: { ttl: number; afterSeq: number },
  ): Promise<number | undefined> {
    const range = { after: historyKey(incarnation, afterSeq) };
    const page = await this.#table.query({ key: `history#${tenantId}`, range, limit: EXPIRE_BATCH });
    const own = page.filter((item) => item.sk.startsWith(`${incarnation}#`));
    await Promise.all(own.map((item) => this.#table.put({ ...item, ttl }, 'any')));
    return own.length < EXPIRE_BATCH ? undefined : Number(own.at(-1)?.sk.split('#')[1]);
  }

  /**
   * Returns the history of one life of a tenant, newest first, with `beforeSeq` only entries before that operation. With
   * `fromSeq`, returns it oldest first from that operation on.
   */
  async listHistory(
    tenantId: string,
    incarnation: string,
    { limit, fromSeq, beforeSeq }: { limit: number; fromSeq?: number | undefined; beforeSeq?: number | undefined },
  ): Promise<HistoryEntry[]> {
    const ascending = fromSeq !== undefined;
    const upTo = beforeSeq === undefined ? undefined : historyKey(incarnation, beforeSeq - 1);
    const descending = upTo === undefined ? { beginsWith: `${incarnation}#` } : { upTo };
    const items = await this.#table.query({
      key: `history#${tenantId}`,
      range: ascending ? { after: historyKey(incarnation, fromSeq - 1) } : descending,
      limit,
      descending: !ascending,
    });
    return items.filter((item) => item.sk.startsWith(`${incarnation}#`) && this.#isCurrent(item)).map(readEntry);
  }

  /** Returns the latest entries of the history of all lives of a tenant, newest first. */
  async latestHistory(tenantId: string, limit: number): Promise<HistoryEntry[]> {
    const items = await this.#table.query({ key: `history#${tenantId}`, limit, descending: true });
    return items.map(readEntry);
  }

  /** Returns the operation of that id from the tenant's item or its history. */
  async getOperation(operationId: string): Promise<Operation | undefined> {
    const parts = parseOperationId(operationId);
    if (!parts) return undefined;
    const { tenant } = await this.getTenant(parts.tenantId);
    const known = [tenant?.operation, ...(tenant?.outbox ?? [])].find(
      (operation) => operation?.operation_id === operationId,
    );
    if (known) return known;
    const item = await this.#table.get(`history#${parts.tenantId}`, historyKey(parts.incarnation, parts.seq));
    return item && this.#isCurrent(item) ? readEntry(item).operation : undefined;
  }

  /** Returns the record of an idempotency key, given the key's digest. */
  async getKey(digest: string): Promise<{ record: KeyRecord | undefined; version: number }> {
    const item = await this.#table.get(`key#${digest}`, 'key');
    const record = item && this.#isCurrent(item) ? (JSON.parse(item.data) as KeyRecord) : undefined;
    return { record, version: item?.version ?? 0 };
  }

  /** Takes a key, for 24 hours, if it still has that version. Throws `ConditionFailedError` otherwise. */
  async putKey(digest: string, record: KeyRecord, version: number): Promise<void> {
    const ttl = Math.floor(this.#now() / 1000) + KEY_SECONDS;
    const item = { pk: `key#${digest}`, sk: 'key', data: JSON.stringify(record), version: version + 1, ttl };
    await this.#table.put(item, version === 0 ? 'absent' : version);
  }

  /** Leaves out what cannot be read. Only a list does so: a decision about a tenant reads its item again. */
  async *#summaries(query: Pick<Query, 'index' | 'key'>, after: string | undefined): AsyncGenerator<IndexedSummary> {
    for await (const item of walk(this.#table, query, after)) {
      const summary = this.readable(() => readSummary(item));
      if (summary) yield summary;
    }
  }

  /** Returns the time `ms` milliseconds from now. */
  #time(ms = 0): string {
    return new Date(this.#now() + ms).toISOString();
  }

  #isCurrent({ ttl }: Pick<Item, 'ttl'>): boolean {
    return ttl === undefined || ttl * 1000 > this.#now();
  }
}

function historyKey(incarnation: string, seq: number): string {
  return `${incarnation}#${String(seq).padStart(SEQ_DIGITS, '0')}`;
}
