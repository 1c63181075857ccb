import type { IndexedSummary } from '../model/summary.ts';
import type { QueueName } from '../model/tenant.ts';
import { LONGEST_RECOVERY_PAUSE_MS, LONGEST_WORK_PAUSE_MS } from '../model/tenant-state.ts';
import type { Rates } from '../rate/rates.ts';
import { queueKey, RECOVERY_KEY, WATCH_KEY } from '../rate/waiting-queue.ts';
import { OwnershipStore } from './ownership-store.ts';
import { readRates, readSummary, UnreadableItemError } from './read-item.ts';
import type { Item, Query, Table } from './table.ts';

/**
 * The part of the store about work that is left to do: which tenants are due, which wait in a queue, and which have to be
 * looked at again.
 */
export class WorkStore extends OwnershipStore {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #report: (error: UnreadableItemError) => void;
  readonly #reported = new Set<string>();

  constructor(table: Table, now: () => number, report: (error: UnreadableItemError) => void) {
    super(table, now);
    this.#table = table;
    this.#now = now;
    this.#report = report;
  }

  /**
   * Returns ids of tenants whose unfinished work is due, longest due first, and the rates of backends that throttle. With
   * `early`, also returns tenants whose work is due later. `ofRollouts`: those that rollouts change.
   */
  async findDue(limit: number, { early = false } = {}) {
    const upTo = early ? '9' : this.#time();
    const items = await this.#table.query({ index: 'work', key: 'work', range: { upTo }, limit });
    const isRates = ({ pk }: Item) => pk.startsWith('pace#');
    const isOfRollout = (item: Item) => this.readable(() => readSummary(item))?.of_rollout === true;
    const tenants = items.filter((item) => !isRates(item));
    return {
      tenants: tenants.filter((item) => !isOfRollout(item)).map(({ sk }) => sk),
      ofRollouts: tenants.filter(isOfRollout).map(({ sk }) => sk),
      rates: new Map<string, Rates>(
        items.filter(isRates).flatMap((item) => {
          const rates = this.readable(() => readRates(item));
          return rates ? [[item.sk, rates]] : [];
        }),
      ),
    };
  }

  /**
   * Returns true where a tenant is due by a time (epoch milliseconds), waits in one of these queues, or has a change of
   * health pending. Failed tenants do not count: nothing is late where they are looked at a minute later.
   */
  async hasWork(until: number, queues: readonly { backend: string; queue: QueueName }[]): Promise<boolean> {
    const upTo = new Date(until).toISOString();
    const has = async (key: string) =>
      (await this.#table.query({ index: 'work', key, range: { upTo }, limit: 1 })).length > 0;
    // Rates come before all times.
    const [earliest] = await this.#table.query({ index: 'work', key: 'work', range: { after: '0' }, limit: 1 });
    if (earliest?.work_at !== undefined && earliest.work_at <= upTo) return true;
    const keys = [WATCH_KEY, ...queues.map(({ backend, queue }) => queueKey(backend, queue))];
    return (await Promise.all(keys.map(has))).includes(true);
  }

  /** Returns ids of failed tenants that are due to be looked at again, longest due first; with `early`, also later ones. */
  async findRecoveries(limit: number, { early = false } = {}): Promise<string[]> {
    const upTo = early ? '9' : this.#time();
    const items = await this.#table.query({ index: 'work', key: RECOVERY_KEY, range: { upTo }, limit });
    return items.map(({ sk }) => sk);
  }

  /** Returns tenants whose health may have changed at least `heldMs` milliseconds ago, as indexes keep them. */
  async findPendingHealth(heldMs: number, limit: number): Promise<IndexedSummary[]> {
    const range = { upTo: this.#time(-heldMs) };
    const items = await this.#table.query({ index: 'work', key: WATCH_KEY, range, limit });
    return items.flatMap((item) => this.readable(() => readSummary(item)) ?? []);
  }

  /** Returns ids of tenants that are due later than any pause can last: they were written while a clock was ahead. */
  async findMisscheduled(limit: number): Promise<string[]> {
    const late = (key: string, longest: number) =>
      this.#table.query({ index: 'work', key, range: { after: this.#time(longest) }, limit });
    const [work, recoveries] = await Promise.all([
      late('work', LONGEST_WORK_PAUSE_MS),
      late(RECOVERY_KEY, LONGEST_RECOVERY_PAUSE_MS),
    ]);
    return [...work, ...recoveries].map(({ sk }) => sk);
  }

  /** Returns ids of tenants in a waiting queue of a backend, longest waiting first. */
  async listQueue(backend: string, name: QueueName, limit: number): Promise<string[]> {
    const query = (range?: Query['range']) =>
      this.#table.query({ index: 'work', key: queueKey(backend, name), ...(range && { range }), limit });
    // The other queues are in the order of the requests, and each tenant in them is due.
    const items = await (name === 'look' ? query({ upTo: this.#time() }) : query());
    const isShort = name === 'look' && items.length < limit;
    const misscheduled = isShort ? await query({ after: this.#time(LONGEST_WORK_PAUSE_MS) }) : [];
    return [...items, ...misscheduled].map((item) => item.sk);
  }

  /** Returns undefined, and reports it, where a record cannot be read. */
  protected readable<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UnreadableItemError)) throw error;
      if (!this.#reported.has(error.message)) this.#report(error);
      this.#reported.add(error.message);
      return undefined;
    }
  }

  /** Returns the time `ms` milliseconds from now. */
  #time(ms = 0): string {
    return new Date(this.#now() + ms).toISOString();
  }
}
