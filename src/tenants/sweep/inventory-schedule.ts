import { messageOf, ThrottledError } from '../../compute/errors.ts';
import { CLOCK_TOLERANCE_MS, type Clock, elapsed } from '../clock.ts';
import { ConditionFailedError, type Table } from '../store/table.ts';
import type { Counts, Inventory, InventoryReport } from './inventory.ts';

export interface InventoryScheduleOptions {
  inventory: Inventory;
  table: Table;
  clock: Clock;
  /** How often the progress of an inventory is recorded. Milliseconds; default 5,000. */
  recordEveryMs?: number | undefined;
}

/** The schedule of one provider, as the table keeps it: when the next inventory is due, and how far one has come. */
interface ScheduleRecord {
  /** Epoch milliseconds. */
  next_at: number;
  /** How far ahead `next_at` was when it was written. Milliseconds; older versions did not record it. */
  pause_ms?: number | undefined;
  after?: string | undefined;
  /** Milliseconds. */
  spent_ms?: number | undefined;
  counts?: Counts | undefined;
}

/** One run over a part of an inventory, from where the last run stopped. */
interface Part {
  provider: string;
  /** When the part began, on the clock that never jumps. Milliseconds. */
  begunAtElapsed: number;
  before: ScheduleRecord;
  after: string | undefined;
  counts: Counts;
  errors: unknown[];
  /** The version of the item in the table, as last read or written. */
  version: number;
}

/** The least time between two inventories of a provider. Below a minute, because a schedule of a minute is never exact. */
const MIN_INTERVAL_MS = 50_000;
/** The longest pause between two inventories, whatever they take. */
const MAX_INTERVAL_MS = 6 * 3600_000;
/** An inventory looks at all that a provider holds; it takes at most one part in so many of the time. */
const SHARE = 10;

const nothing: Counts = { held: 0, failed: 0, orphans: 0, unowned: 0, foreign: 0, removed: 0, healed: 0 };

/**
 * Runs the inventory of a provider when it is due: often where it is quick, seldom where it is slow, and in one instance
 * only. An inventory that runs out of time continues in the next call, in any instance, after the last recorded tenant.
 *
 * The record in the table is also the lock. Each run first moves `next_at` ahead with a conditional write, and moves it
 * again with each record of progress. An instance that dies stops moving it, so another one takes over after twice that
 * interval. An instance that only slept finds that the version changed, and stops.
 */
export class InventorySchedule {
  readonly #options: InventoryScheduleOptions;

  constructor(options: InventoryScheduleOptions) {
    this.#options = options;
  }

  /**
   * Runs the inventory if it is due. Returns undefined where it is not due, or where another instance took over. Throws what
   * the inventory throws; but throws an abort or `ThrottledError` only if there was no progress. With `exclusive`, no other
   * instance uses the table: then the inventory begins anew at once.
   */
  async runIfDue(
    provider: string,
    signal?: AbortSignal,
    { exclusive = false }: { exclusive?: boolean } = {},
  ): Promise<InventoryReport | undefined> {
    const { clock } = this.#options;
    const part = await this.#begin(provider, exclusive);
    if (!part) return undefined;
    const { before } = part;
    try {
      if (!(await this.#walk(part, signal))) return undefined;
      const { removed, errors } = await this.#options.inventory.removeDue(provider, part.counts, signal);
      part.counts.removed += removed;
      part.errors.push(...errors);
    } catch (error) {
      const hasProgress = part.after !== before.after;
      const later = (elapsed(clock) - part.begunAtElapsed) * (SHARE - 1);
      const pause = Math.max(this.#untilNext(part), hasProgress ? 0 : later);
      await this.#record(part, pause, hasProgress ? this.#progress(part) : before);
      const isPause = signal?.aborted || error instanceof ThrottledError;
      if (!(hasProgress && isPause)) part.errors.push(error);
      return reportOf(part);
    }
    const rest = Math.min(MAX_INTERVAL_MS, this.#spent(part) * (SHARE - 1));
    part.after = undefined;
    const isRecorded = await this.#record(part, Math.max(this.#untilNext(part), rest), {});
    return isRecorded ? reportOf(part) : undefined;
  }

  /** Returns undefined where the inventory is not due, or another instance was first. */
  async #begin(provider: string, exclusive: boolean): Promise<Part | undefined> {
    const { table, clock } = this.#options;
    const begunAt = clock.now();
    const { pk, sk } = keysOf(provider);
    const item = await table.get(pk, sk);
    const found: ScheduleRecord = item && !exclusive ? (JSON.parse(item.data) as ScheduleRecord) : { next_at: 0 };
    const { next_at, pause_ms = MAX_INTERVAL_MS } = found;
    const isAhead = next_at - begunAt > pause_ms + CLOCK_TOLERANCE_MS; // written while a clock was ahead
    if (next_at > begunAt && !isAhead) return undefined;
    const { after, counts } = found;
    const version = item?.version ?? 0;
    const begunAtElapsed = elapsed(clock);
    const all = { ...nothing, ...counts };
    const part: Part = { provider, begunAtElapsed, before: found, after, counts: all, errors: [], version };
    return (await this.#record(part, MIN_INTERVAL_MS, found)) ? part : undefined;
  }

  /** Returns true at the end of the inventory, and false where another instance took over. */
  async #walk(part: Part, signal: AbortSignal | undefined): Promise<boolean> {
    const { inventory, clock, recordEveryMs = 5_000 } = this.#options;
    let recordedAt = part.begunAtElapsed;
    for await (const { tenant_id, countsAs, error } of inventory.walk(part.provider, { after: part.after, signal })) {
      part.after = tenant_id;
      for (const kind of countsAs) part.counts[kind] = (part.counts[kind] ?? 0) + 1;
      if (error) part.errors.push(error);
      if (elapsed(clock) - recordedAt < recordEveryMs) continue;
      recordedAt = elapsed(clock);
      const pause = Math.max(this.#untilNext(part), 2 * recordEveryMs);
      if (!(await this.#record(part, pause, this.#progress(part)))) return false;
    }
    return true;
  }

  /** Returns the record from which the next sweep continues. */
  #progress(part: Part): Omit<ScheduleRecord, 'next_at'> {
    const { after, counts } = part;
    return { after, spent_ms: this.#spent(part), counts };
  }

  /** Returns how long after now the shortest interval since the beginning of the part ends. Milliseconds. */
  #untilNext({ begunAtElapsed }: Part): number {
    return Math.max(0, MIN_INTERVAL_MS - (elapsed(this.#options.clock) - begunAtElapsed));
  }

  #spent({ before, begunAtElapsed }: Part): number {
    return (before.spent_ms ?? 0) + elapsed(this.#options.clock) - begunAtElapsed;
  }

  /**
   * Records when the inventory is due again, as a pause from now: a clock that steps back during an inventory must not put
   * the next one off. Returns false where another instance wrote first.
   */
  async #record(part: Part, pause_ms: number, record: Omit<ScheduleRecord, 'next_at'>): Promise<boolean> {
    const { provider, version } = part;
    const next_at = this.#options.clock.now() + pause_ms;
    const item = { ...keysOf(provider), data: JSON.stringify({ ...record, next_at, pause_ms }), version: version + 1 };
    try {
      await this.#options.table.put(item, version === 0 ? 'absent' : version);
      part.version = item.version;
      return true;
    } catch (error) {
      if (error instanceof ConditionFailedError) return false;
      throw error;
    }
  }
}

function keysOf(provider: string): { pk: string; sk: string } {
  return { pk: 'meta', sk: `inventory#${provider}` };
}

function reportOf({ provider, after, counts, errors }: Part): InventoryReport {
  const [first, ...more] = errors;
  if (more.length > 0)
    throw new AggregateError(errors, `${errors.length} failures with ${provider}, the first: ${messageOf(first)}`);
  if (first !== undefined) throw first;
  return { provider, ...counts, ...(after !== undefined && { after }) };
}
