import { messageOf, ThrottledError } from '../../compute/errors.ts';
import type { Clock } from '../clock.ts';
import { ConditionFailedError, type Table } from '../store/table.ts';
import type { Counts, Inventory, InventoryReport } from './inventory.ts';

export interface InventoryScheduleOptions {
  inventory: Inventory;
  table: Table;
  clock: Clock;
  /** How often it is written down how far an inventory has come. Milliseconds; default 5,000. */
  keepEveryMs?: number | undefined;
}

/** What the table keeps, by provider: when the next inventory is due, or, with the rest, how far one has come. */
interface ScheduleRecord {
  next_at: number;
  after?: string | undefined;
  /** Milliseconds. */
  spent_ms?: number | undefined;
  counts?: Counts | undefined;
}

/** A part of an inventory, from where the last one stopped. */
interface Part {
  provider: string;
  begunAt: number;
  before: ScheduleRecord;
  after: string | undefined;
  counts: Counts;
  errors: unknown[];
  /** Of the item in the table, as last read or written. */
  version: number;
}

/** The least time from one inventory of a provider to the next; a schedule of a minute is never quite on time. Milliseconds. */
const EVERY_MS = 50_000;
/** An inventory looks at all that a provider holds, so it takes the longer the more that is: no more than a tenth of the time. */
const SHARE = 10;

const nothing: Counts = { held: 0, failed: 0, orphans: 0, removed: 0, healed: 0 };

/**
 * Takes stock of a provider when it is time: often where that is quick, seldom where it is not, and by one instance only.
 * What does not come to its end in the time there is, is gone on with where it stopped at the next call, in any instance.
 */
export class InventorySchedule {
  readonly #options: InventoryScheduleOptions;

  constructor(options: InventoryScheduleOptions) {
    this.#options = options;
  }

  /**
   * Answers nothing where it is not time, or where another instance has gone on meanwhile. Throws what the inventory
   * throws; that its time is up, or that the provider throttles, only if it got nowhere.
   */
  async takeIfDue(provider: string, signal?: AbortSignal): Promise<InventoryReport | undefined> {
    const { clock } = this.#options;
    const part = await this.#begin(provider);
    if (!part) return undefined;
    const { begunAt, before } = part;
    try {
      if (!(await this.#walk(part, signal))) return undefined;
    } catch (error) {
      const hasGotOn = part.after !== before.after;
      const later = begunAt + (clock.now() - begunAt) * SHARE;
      const { next_at } = before;
      await this.#keep(part, hasGotOn ? this.#place(part) : { ...before, next_at: Math.max(next_at, later) });
      const isPause = signal?.aborted || error instanceof ThrottledError;
      if (!(hasGotOn && isPause)) part.errors.push(error);
      return reportOf(part);
    }
    const rest = this.#spent(part) * (SHARE - 1);
    part.after = undefined;
    const isOurs = await this.#keep(part, { next_at: Math.max(before.next_at, clock.now() + rest) });
    return isOurs ? reportOf(part) : undefined;
  }

  /** Nothing if it is not time, or somebody else was first. */
  async #begin(provider: string): Promise<Part | undefined> {
    const { table, clock } = this.#options;
    const begunAt = clock.now();
    const { pk, sk } = keysOf(provider);
    const item = await table.get(pk, sk);
    const found = item ? (JSON.parse(item.data) as ScheduleRecord) : { next_at: 0 };
    if (found.next_at > begunAt) return undefined;
    const before: ScheduleRecord = { ...found, next_at: begunAt + EVERY_MS };
    const { after, counts = nothing } = before;
    const version = item?.version ?? 0;
    const part: Part = { provider, begunAt, before, after, counts: { ...counts }, errors: [], version };
    return (await this.#keep(part, before)) ? part : undefined;
  }

  /** Answers whether it came to the end; otherwise another instance has gone on. */
  async #walk(part: Part, signal: AbortSignal | undefined): Promise<boolean> {
    const { inventory, clock, keepEveryMs = 5_000 } = this.#options;
    let keptAt = part.begunAt;
    for await (const { tenant_id, countsAs, error } of inventory.walk(part.provider, { after: part.after, signal })) {
      part.after = tenant_id;
      for (const kind of countsAs) part.counts[kind] += 1;
      if (error) part.errors.push(error);
      if (clock.now() - keptAt < keepEveryMs) continue;
      keptAt = clock.now();
      // Who is silent for twice as long is taken for dead.
      const next_at = Math.max(part.before.next_at, keptAt + 2 * keepEveryMs);
      if (!(await this.#keep(part, { ...this.#place(part), next_at }))) return false;
    }
    return true;
  }

  /** Where the next part goes on: as soon as the next sweep. */
  #place(part: Part): ScheduleRecord {
    const { before, after, counts } = part;
    return { next_at: before.next_at, after, spent_ms: this.#spent(part), counts };
  }

  #spent({ before, begunAt }: Part): number {
    return (before.spent_ms ?? 0) + this.#options.clock.now() - begunAt;
  }

  /** Answers whether it was ours to say. */
  async #keep(part: Part, progress: ScheduleRecord): Promise<boolean> {
    const { provider, version } = part;
    const item = { ...keysOf(provider), data: JSON.stringify(progress), version: version + 1 };
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
