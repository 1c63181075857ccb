import { ThrottledError } from '../../compute/errors.ts';
import type { Manager } from '../../compute/manager.ts';
import { addMs, CLOCK_TOLERANCE_MS, type Clock, elapsed, timestamp } from '../clock.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { Store } from '../store/store.ts';
import { ConditionFailedError, type Table } from '../store/table.ts';
import { MOST_EXCLUDED, type Round, type RoundCounts, type RoundProgress, readRound, writeRound } from './round.ts';
import { type Looked, LooksLimitedError, type Watch } from './watch.ts';

export interface WatchScheduleOptions {
  watch: Watch;
  store: Store;
  table: Table;
  manager: Manager;
  /** How often a round begins, where the provider has a glance. Milliseconds; default 5 minutes. */
  everyMs?: number | undefined;
  /** The least time between two calls of a round. Milliseconds; default 200. */
  paceMs?: number | undefined;
}

/** The counts of a complete round. */
export interface RoundReport extends RoundCounts {
  provider: string;
}

/** How often a round begins without a glance: each look is then a call of its own. Milliseconds. */
const EVERY_WITHOUT_GLANCE_MS = 5 * 60_000;
/** How long after its last record of progress a round counts as abandoned. Milliseconds. */
const ABANDONED_MS = 30_000;
/** How often progress is recorded. Milliseconds. */
const RECORD_EVERY_MS = 5_000;
/** How often tenants with a pending change are looked for between rounds. Milliseconds. */
const PENDING_EVERY_MS = 5_000;
const MAX_PENDING = 100;

const nothing: RoundCounts = { watched: 0, unhealthy: 0, unreachable: 0 };

/**
 * Looks at all tenants of a provider, round after round, at a pace that leaves the backend's limits to changes. One instance
 * at a time makes a round: the record in the table is the lock, as for inventories (sweep/inventory-schedule.ts). A round
 * that runs out of time goes on in the next call, in any instance, after the last tenant that it recorded.
 *
 * Between rounds it looks again at tenants whose change of health is pending, so that a change counts soon after it held.
 */
export class WatchSchedule {
  readonly #options: WatchScheduleOptions;
  readonly #clock: Clock;
  readonly #pendingAt = new Map<string, number>();

  constructor(options: WatchScheduleOptions) {
    this.#options = options;
    this.#clock = options.watch.clock;
  }

  /**
   * Goes on with the round of a provider, or begins one that is due. Returns the counts at its end, and undefined where it
   * is not due, did not come to its end, or another instance makes it. Throws where the table fails.
   */
  async runIfDue(provider: string, signal?: AbortSignal): Promise<RoundReport | undefined> {
    const { table } = this.#options;
    const { round, version } = await readRound(table, provider);
    if (!this.#isDue(round)) {
      await this.#lookAtPending(provider, round, signal);
      return undefined;
    }
    const begun_at = timestamp(this.#clock);
    const isRight = round?.current && round.current.begun_at <= addMs(begun_at, CLOCK_TOLERANCE_MS);
    const current: RoundProgress =
      isRight && round?.current ? round.current : { begun_at, excluded: [], counts: nothing };
    const run = { provider, version, before: round, current, begunAtElapsed: elapsed(this.#clock) };
    try {
      run.version = await this.#record(run, ABANDONED_MS, current);
      return await this.#walk(run, signal);
    } catch (error) {
      if (error instanceof ConditionFailedError) return undefined; // another instance makes the round
      throw error;
    }
  }

  async #walk(run: Run, signal: AbortSignal | undefined): Promise<RoundReport | undefined> {
    const { watch } = this.#options;
    const { provider, current } = run;
    let recordedAt = elapsed(this.#clock);
    try {
      for await (const tenants of this.#batches(provider, current.after)) {
        signal?.throwIfAborted();
        const begunAt = elapsed(this.#clock);
        addTo(current, await watch.lookAt(provider, tenants, { signal, lookedAt: run.before?.at }));
        current.after = tenants.at(-1)?.tenant_id;
        if (elapsed(this.#clock) - recordedAt >= RECORD_EVERY_MS) {
          recordedAt = elapsed(this.#clock);
          run.version = await this.#record(run, ABANDONED_MS, current);
        }
        await this.#pause(provider, begunAt, signal);
      }
    } catch (error) {
      const isPause = signal?.aborted || error instanceof LooksLimitedError || error instanceof ThrottledError;
      // The next call goes on at once: where the backend is limited, it gets a slot when it is due.
      await this.#record(run, isPause ? 0 : this.#everyMs(provider), current);
      if (!isPause) throw error;
      return undefined;
    }
    await this.#end(run);
    return { provider, ...current.counts };
  }

  /** Yields the watched tenants of a provider, as many at a time as one of its glances takes. */
  async *#batches(provider: string, after: string | undefined): AsyncGenerator<IndexedSummary[]> {
    const { store, manager } = this.#options;
    const size = Math.max(1, manager.glanceLimitOf(provider));
    let batch: IndexedSummary[] = [];
    for await (const summary of store.tenantsOf(provider, after)) {
      if (summary.watched === undefined) continue;
      batch.push(summary);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async #pause(provider: string, begunAt: number, signal: AbortSignal | undefined): Promise<void> {
    const { paceMs = 200, manager } = this.#options;
    if (manager.glanceLimitOf(provider) >= 1000) return; // a whole round is one call
    const rest = paceMs - (elapsed(this.#clock) - begunAt);
    if (rest > 0) await this.#clock.sleep(rest, signal);
  }

  async #end(run: Run): Promise<void> {
    const { begun_at, excluded } = run.current;
    const spent = elapsed(this.#clock) - run.begunAtElapsed;
    const pause = Math.max(0, this.#everyMs(run.provider) - spent);
    const isComplete = excluded.length <= MOST_EXCLUDED;
    const latest = isComplete ? { at: begun_at, excluded } : { at: run.before?.at, excluded: run.before?.excluded };
    await this.#record({ ...run, before: { ...run.before, ...latest } }, pause, undefined);
  }

  /** Returns the next version. Throws `ConditionFailedError` where another instance wrote first. */
  #record(
    run: Pick<Run, 'provider' | 'version'> & { before: Partial<Round> | undefined },
    pause_ms: number,
    current: RoundProgress | undefined,
  ): Promise<number> {
    const { at, excluded } = run.before ?? {};
    const round: Round = {
      next_at: this.#clock.now() + pause_ms,
      pause_ms,
      every_ms: this.#everyMs(run.provider),
      ...(at && { at, excluded: excluded ?? [] }),
      ...(current && { current }),
    };
    return writeRound(this.#options.table, run.provider, round, run.version);
  }

  #isDue(round: Round | undefined): boolean {
    if (!round) return true;
    const now = this.#clock.now();
    const isAhead = round.next_at - now > round.pause_ms + CLOCK_TOLERANCE_MS; // written while a clock was ahead
    return round.next_at <= now || isAhead;
  }

  #everyMs(provider: string): number {
    const { everyMs = 5 * 60_000, manager } = this.#options;
    return manager.glanceLimitOf(provider) > 0 ? everyMs : Math.max(everyMs, EVERY_WITHOUT_GLANCE_MS);
  }

  /** Looks again at tenants whose change would count by now. Rounds that are frequent find them soon enough. */
  async #lookAtPending(provider: string, round: Round | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { watch, store, manager } = this.#options;
    const now = elapsed(this.#clock);
    if (this.#everyMs(provider) <= watch.holdMs) return;
    if (now < (this.#pendingAt.get(provider) ?? Number.NEGATIVE_INFINITY) + PENDING_EVERY_MS) return;
    this.#pendingAt.set(provider, now);
    const all = await store.findPendingHealth(watch.holdMs, MAX_PENDING);
    const own = all.filter(({ provider_type }) => provider_type === provider);
    const size = Math.max(1, manager.glanceLimitOf(provider));
    try {
      for (let at = 0; at < own.length; at += size) {
        await watch.lookAt(provider, own.slice(at, at + size), { signal, lookedAt: round?.at });
      }
    } catch (error) {
      const isPause = signal?.aborted || error instanceof LooksLimitedError || error instanceof ThrottledError;
      if (!isPause) throw error;
    }
  }
}

/** A round that this instance makes. */
interface Run {
  provider: string;
  version: number;
  before: Round | undefined;
  current: RoundProgress;
  begunAtElapsed: number;
}

function addTo(progress: RoundProgress, looked: readonly Looked[]): void {
  const { counts, excluded } = progress;
  const watched = looked.flatMap(({ tenant }) => (tenant?.watched ? [tenant] : []));
  progress.counts = {
    watched: counts.watched + watched.length,
    unhealthy: counts.unhealthy + watched.filter(({ health }) => health === 'unhealthy').length,
    unreachable: counts.unreachable + watched.filter((one) => one.watched === 'unreachable').length,
  };
  // A tenant whose provider could not be asked was not looked at either.
  const missed = looked.filter(({ tenant }) => !tenant || tenant.watched === 'unreachable');
  progress.excluded = [...excluded, ...missed.map(({ tenant_id }) => tenant_id)].slice(0, MOST_EXCLUDED + 1);
}
