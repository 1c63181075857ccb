import { type CursorScope, readCursor, signCursor } from '../../tenants/store/cursor.ts';
import { InstallationKey } from '../../tenants/store/installation-key.ts';
import { ConditionFailedError, type Item, type Table } from '../../tenants/store/table.ts';
import { OutcomeList } from '../model/outcome-list.ts';
import { type Rollout, type RolloutPhase, type Row, sizeOf } from '../model/rollout.ts';
import { readRollout } from './read-rollout.ts';

/*
 * What the table keeps of a rollout, beside what src/tenants/store/store.ts tells:
 *
 *   pk             sk             what                                               written
 *   rollout#ID     ID             the rollout: what was asked for, its phase, the    whole, if the version is as read
 *                                 outcome of each position, who is in flight
 *   rows#ID        c#POSITION     a page of frozen tenants that the patch changes    whole, if the version is as read
 *                  s#POSITION     a page of those that were skipped at once
 *
 *   index      key            sort                items
 *   work       'rollouts'     work_at             rollouts with work left, by when it is due
 *   activity   'rollouts'     time of the start   all rollouts
 *
 * One item decides everything that matters: a tenant is begun by the write that puts it in flight, and a halt is a write of
 * the same item. So no tenant is begun after a halt, and never more than `max_in_flight` at a time, however many workers
 * there are. Outcomes are set in that item too, so counts are read from the very rows that they count. A page has the
 * details of its tenants, which are written before the outcome is: a crash between the two repeats a write.
 */

/** A rollout as it was read, and the version to write it against: 0 where no item is there. */
export interface VersionedRollout {
  rollout: Rollout | undefined;
  version: number;
}

/** A page of rows: those from a position on, in order. */
export interface RowPage {
  start: number;
  rows: Row[];
  /** The fence of the worker that wrote it. */
  fence: number;
  version: number;
}

/** A rollout as lists show it. */
export interface RolloutSummary {
  rollout_id: string;
  phase: RolloutPhase;
  reason: string;
  tenants: number;
  succeeded: number;
  failed: number;
  created_at: string;
  started_by: string;
  ended_at: string | null;
}

export interface RolloutListQuery {
  phase?: RolloutPhase | undefined;
  limit: number;
  cursor?: string | undefined;
  caller: string;
}

const WORK_KEY = 'rollouts';
const LIST_KEY = 'rollouts';
/** The longest pause of a rollout: a time farther ahead is that of a wrong clock. Milliseconds. */
export const LONGEST_PAUSE_MS = 60_000;
const FAR_AHEAD_MS = 10 * LONGEST_PAUSE_MS;
/** How many rollouts a filtered page examines. */
const EXAMINED_PER_PAGE = 500;
const WRITE_TRIES = 10;

/** Reads and writes rollouts. Every write is of one item, on condition of its version. */
export class RolloutStore {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #key: InstallationKey;

  constructor(table: Table, now: () => number = Date.now) {
    this.#table = table;
    this.#now = now;
    this.#key = new InstallationKey(table);
  }

  async get(rolloutId: string): Promise<VersionedRollout> {
    const item = await this.#table.get(`rollout#${rolloutId}`, rolloutId);
    return { rollout: item && readRollout(item), version: item?.version ?? 0 };
  }

  /** Writes the rollout if it still has that version. Returns the new version, or throws `ConditionFailedError`. */
  async put(rollout: Rollout, version: number): Promise<number> {
    const { rollout_id } = rollout.spec;
    const item: Item = {
      pk: `rollout#${rollout_id}`,
      sk: rollout_id,
      data: JSON.stringify(rollout),
      version: version + 1,
      ...(rollout.next_at && { work: WORK_KEY, work_at: rollout.next_at }),
      activity: LIST_KEY,
      activity_at: `${rollout.created_at}#${rollout_id}`,
      activity_summary: JSON.stringify(summarizeRollout(rollout)),
    };
    await this.#table.put(item, version === 0 ? 'absent' : version);
    return version + 1;
  }

  /** Returns ids of rollouts that are due, longest due first; with `early`, also later ones. */
  async findDue(limit: number, { early = false } = {}): Promise<string[]> {
    const upTo = early ? '9' : this.#time();
    const items = await this.#table.query({ index: 'work', key: WORK_KEY, range: { upTo }, limit });
    return items.map(({ sk }) => sk);
  }

  /** Returns true where a rollout is due by a time. Epoch milliseconds. */
  async hasWork(until: number): Promise<boolean> {
    const range = { upTo: new Date(until).toISOString() };
    return (await this.#table.query({ index: 'work', key: WORK_KEY, range, limit: 1 })).length > 0;
  }

  /** Returns ids of rollouts that are due later than any pause can last. */
  async findMisscheduled(limit: number): Promise<string[]> {
    const range = { after: this.#time(FAR_AHEAD_MS) };
    return (await this.#table.query({ index: 'work', key: WORK_KEY, range, limit })).map(({ sk }) => sk);
  }

  /** Returns a page of rollouts, newest first. A filtered page with a next one may be short or empty. */
  async list({ phase, limit, cursor, caller }: RolloutListQuery) {
    const scope = { caller, filter: ['rollouts', phase] };
    const before = cursor === undefined ? undefined : readCursor(cursor, scope, await this.#key.get());
    const examined = phase ? Math.max(limit, EXAMINED_PER_PAGE) : limit;
    const range = before === undefined ? undefined : { before };
    const query = { index: 'activity', key: LIST_KEY, range, limit: examined, descending: true } as const;
    const items = await this.#table.query(query);
    const rollouts: RolloutSummary[] = [];
    let last: string | undefined;
    for (const { activity_at, activity_summary = '{}' } of items) {
      if (rollouts.length === limit) break;
      last = activity_at;
      const summary = JSON.parse(activity_summary) as RolloutSummary;
      if (!phase || summary.phase === phase) rollouts.push(summary);
    }
    const isLast = items.length < examined && last === items.at(-1)?.activity_at;
    return { rollouts, next_cursor: isLast || !last ? undefined : await this.cursorOf(last, scope) };
  }

  async cursorOf(position: string, scope: CursorScope): Promise<string> {
    return signCursor(position, scope, await this.#key.get());
  }

  /** Returns the position of a cursor. Throws `InvalidRequestError` for one of another list or caller. */
  async positionOf(cursor: string, scope: CursorScope): Promise<string> {
    return readCursor(cursor, scope, await this.#key.get());
  }

  /**
   * Writes a page of frozen tenants. Throws `ConditionFailedError` where a worker with a later lease wrote it, or another
   * worker writes it now.
   */
  async putPage(rolloutId: string, key: string, page: Omit<RowPage, 'version'>): Promise<void> {
    const item = await this.#table.get(`rows#${rolloutId}`, key);
    const there = item && readPage(item);
    if (there && there.fence > page.fence) throw new ConditionFailedError(`page ${key} was written by a later worker`);
    await this.#write(rolloutId, key, page, there?.version ?? 0);
  }

  /** Returns the page with a position. */
  async pageAt(rollout: Rollout, position: number): Promise<RowPage & { key: string }> {
    const { spec, selection } = rollout;
    const isSkipped = position >= selection.changing;
    const key = pageKey(isSkipped ? 's' : 'c', position - (isSkipped ? selection.changing : 0));
    const query = { key: `rows#${spec.rollout_id}`, range: { upTo: key }, limit: 1, descending: true };
    const [item] = await this.#table.query(query);
    if (!item || position >= sizeOf(rollout)) throw new Error(`rollout ${spec.rollout_id} has no row ${position}`);
    const page = readPage(item);
    return { ...page, start: page.start + (isSkipped ? selection.changing : 0), key: item.sk };
  }

  /** Returns the rows of these positions, which are in order. */
  async rowsAt(rollout: Rollout, positions: readonly number[]): Promise<{ position: number; row: Row }[]> {
    const found: { position: number; row: Row }[] = [];
    let page: RowPage | undefined;
    for (const position of positions) {
      if (!page || position >= page.start + page.rows.length) page = await this.pageAt(rollout, position);
      const row = page.rows[position - page.start];
      if (row) found.push({ position, row });
    }
    return found;
  }

  /** Returns the position of a tenant, or undefined where it is not selected. Pages of a kind are in the order of ids. */
  async positionOfTenant(rollout: Rollout, tenantId: string): Promise<number | undefined> {
    if (!rollout.selection.frozen) return undefined;
    const { changing } = rollout.selection;
    return (
      (await this.#findTenant(rollout, tenantId, 0, changing)) ??
      (await this.#findTenant(rollout, tenantId, changing, sizeOf(rollout)))
    );
  }

  async #findTenant(rollout: Rollout, tenantId: string, from: number, to: number): Promise<number | undefined> {
    let [low, high] = [from, to];
    while (low < high) {
      const { start, rows } = await this.pageAt(rollout, Math.floor((low + high) / 2));
      const index = rows.findIndex(({ tenant_id }) => tenant_id === tenantId);
      if (index >= 0) return start + index;
      if (tenantId < (rows[0]?.tenant_id ?? '')) high = start;
      else low = start + rows.length;
    }
    return undefined;
  }

  /** Adds details to rows, by position. Repeating it changes nothing. */
  async updateRows(rollout: Rollout, details: ReadonlyMap<number, Partial<Row>>): Promise<void> {
    const left = new Map([...details].sort(([a], [b]) => a - b));
    for (let tries = 0; left.size > 0 && tries < WRITE_TRIES; ) {
      const [first = 0] = left.keys();
      const { key, start, rows, fence, version } = await this.pageAt(rollout, first);
      const mine = [...left].filter(([position]) => position < start + rows.length);
      const changed = [...rows];
      for (const [position, detail] of mine) {
        const row = rows[position - start];
        if (row) changed[position - start] = { ...row, ...detail };
      }
      const offset = key.startsWith('s') ? rollout.selection.changing : 0;
      try {
        await this.#write(rollout.spec.rollout_id, key, { start: start - offset, rows: changed, fence }, version);
        for (const [position] of mine) left.delete(position);
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
        tries += 1;
      }
    }
    if (left.size > 0) throw new ConditionFailedError('too many writers of a page at once');
  }

  async #write(rolloutId: string, key: string, page: Omit<RowPage, 'version'>, version: number): Promise<void> {
    const item = { pk: `rows#${rolloutId}`, sk: key, data: JSON.stringify(page), version: version + 1 };
    await this.#table.put(item, version === 0 ? 'absent' : version);
  }

  #time(ms = 0): string {
    return new Date(this.#now() + ms).toISOString();
  }
}

/** Returns the key of the page that begins at a position of its kind: changed tenants, or skipped ones. */
export function pageKey(kind: 'c' | 's', start: number): string {
  return `${kind}#${String(start).padStart(9, '0')}`;
}

function readPage({ data, version = 0 }: Item): RowPage {
  return { ...(JSON.parse(data) as Omit<RowPage, 'version'>), version };
}

/** Returns a rollout as lists show it. */
export function summarizeRollout(rollout: Rollout): RolloutSummary {
  const { spec, phase, reason, created_at, started_by, ended_at = null } = rollout;
  const { succeeded, failed } = new OutcomeList(rollout.outcomes).counts();
  const tenants = sizeOf(rollout);
  return { rollout_id: spec.rollout_id, phase, reason, tenants, succeeded, failed, created_at, started_by, ended_at };
}
