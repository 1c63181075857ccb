import { randomUUID } from 'node:crypto';
import { addMs, elapsed, timestamp } from '../../tenants/clock.ts';
import { isHeld } from '../../tenants/model/tenant-state.ts';
import { ConditionFailedError } from '../../tenants/store/table.ts';
import { needOf } from '../decide/advance.ts';
import { hasEnded, type Rollout, rests } from '../model/rollout.ts';
import { LONGEST_PAUSE_MS } from '../store/rollout-store.ts';
import type { RolloutWorkContext } from './context.ts';
import { DueLooks } from './due-looks.ts';
import { freezeStep } from './freeze.ts';
import { progress } from './progress.ts';
import { Sender } from './sender.ts';
import { observeInFlight, settle } from './settle.ts';

export interface WorkOptions {
  /** Aborted when the worker has no more time: the next one goes on. */
  signal?: AbortSignal | undefined;
  /** Since when no other process can be at work: leases that were last renewed earlier are void. Epoch milliseconds. */
  exclusiveSince?: number | undefined;
}

export const LEASE_MS = 15_000;
/** The pause between two steps while tenants are in flight. Milliseconds. */
const PAUSE_MS = 500;
/** The pause while health is not known yet. Milliseconds. */
const UNSETTLED_PAUSE_MS = 1_000;
/** How long a worker stays with a rollout that only waits for a time. Milliseconds. */
const STAY_MS = 2_000;
const RELEASE_TRIES = 5;

/**
 * Works on one rollout while it holds its lease. Each step looks at the tenants in flight, sets the outcomes of those that
 * ended, lets the record decide what follows, and writes all of it at once. Only then does it ask for what the write began.
 *
 * The lease only saves work. What keeps two workers apart is the version of the item: a step is done again where another
 * worker, or the command of a caller, was faster.
 */
export class RolloutWorker {
  readonly #context: RolloutWorkContext;
  readonly #rolloutId: string;
  readonly #options: WorkOptions;
  readonly #sender: Sender;
  readonly #looks = new DueLooks();
  readonly #holder = randomUUID();

  constructor(rolloutId: string, context: RolloutWorkContext, options: WorkOptions = {}) {
    this.#context = context;
    this.#rolloutId = rolloutId;
    this.#options = options;
    this.#sender = new Sender(context, options.signal, (position) => this.#looks.hasten(position));
  }

  /**
   * Takes the lease and works until the rollout rests, the time is up, or another worker took over. Returns false where
   * nothing is left to do, or another worker is at it. Throws where the table fails.
   */
  async work(): Promise<boolean> {
    const { signal } = this.#options;
    if (!(await this.#take())) return false;
    try {
      for (;;) {
        const pause = await this.#step();
        if (pause === undefined) return true;
        if (signal?.aborted || pause > STAY_MS) break;
        if (pause > 0) await this.#pause(pause);
      }
    } finally {
      await this.#sender.idle();
    }
    await this.#release();
    return true;
  }

  async #take(): Promise<boolean> {
    const { store, clock } = this.#context;
    const { exclusiveSince = Number.NEGATIVE_INFINITY } = this.#options;
    const { rollout, version } = await store.get(this.#rolloutId);
    const now = timestamp(clock);
    if (!rollout?.next_at) return false;
    const isVoid = Date.parse(rollout.lease?.expires_at ?? now) - LEASE_MS < exclusiveSince;
    if (rollout.lease && isHeld(rollout.lease, now, LEASE_MS) && !isVoid) return false;
    const fence = rollout.fence + 1;
    const lease = { holder: this.#holder, fence, expires_at: addMs(now, LEASE_MS) };
    return this.#put({ ...rollout, fence, lease, next_at: lease.expires_at }, version);
  }

  /** Makes one step. Returns the pause before the next one, or undefined where this worker's part is over. */
  async #step(): Promise<number | undefined> {
    const { store, clock } = this.#context;
    const { rollout, version } = await store.get(this.#rolloutId);
    if (rollout?.lease?.holder !== this.#holder) return undefined;
    const now = timestamp(clock);
    try {
      if (!rollout.selection.frozen && !hasEnded(rollout)) {
        await this.#write(await freezeStep(rollout, this.#context), rollout, version, now);
        return 0;
      }
      const due = this.#looks.dueOf(rollout, elapsed(clock), (entry) => this.#sender.isSending(entry));
      const observed = await observeInFlight(rollout, due, this.#context);
      const settled = await settle(rollout, observed, (entry) => this.#sender.failureOf(entry), this.#context);
      const { rollout: next, unsettled } = await progress(settled, now, this.#context);
      const isOver = next.in_flight.length === 0 && (hasEnded(next) || next.phase === 'paused');
      await this.#write(isOver ? { ...next, lease: undefined, next_at: undefined } : next, rollout, version, now);
      if (isOver) return undefined;
      this.#looks.looked(due, rollout, elapsed(clock));
      const before = new Set(rollout.in_flight.map(({ position }) => position));
      for (const entry of next.in_flight) {
        const isNew = !before.has(entry.position);
        if (isNew || observed.get(entry.position)?.kind === 'not_begun') this.#sender.send(next, entry);
      }
      return unsettled ? UNSETTLED_PAUSE_MS : pauseAfter(next, now);
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return 0;
    }
  }

  /** Sleeps, or until a request that was sent has ended. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    const isOver = new AbortController();
    const signals = signal ? [isOver.signal, signal] : [isOver.signal];
    const sleeping = this.#context.clock.sleep(ms, AbortSignal.any(signals)).catch(() => undefined);
    await Promise.race([sleeping, this.#sender.anyEnded()]);
    isOver.abort(OVER);
    await sleeping;
  }

  /** Writes a step where it changed something, or where the lease has to be renewed. */
  async #write(next: Rollout, before: Rollout, version: number, now: string): Promise<void> {
    const isLate = (before.lease?.expires_at ?? '') < addMs(now, (LEASE_MS * 2) / 3);
    if (next === before && !isLate) return;
    const expires_at = addMs(now, LEASE_MS);
    const renewed = next.lease ? { lease: { ...next.lease, expires_at }, next_at: expires_at } : {};
    await this.#context.store.put({ ...next, ...renewed }, version);
  }

  /** Gives the lease back until the rollout is due again, also where a command comes meanwhile. */
  async #release(): Promise<void> {
    const { store, clock } = this.#context;
    for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
      const { rollout, version } = await store.get(this.#rolloutId);
      if (rollout?.lease?.holder !== this.#holder) return;
      const now = timestamp(clock);
      const pause = rests(rollout, now) && rollout.in_flight.length === 0 ? undefined : pauseAfter(rollout, now);
      const next_at = pause === undefined ? undefined : addMs(now, pause);
      if (await this.#put({ ...rollout, lease: undefined, next_at }, version)) return;
    }
  }

  /** Returns false where another writer was first. */
  async #put(rollout: Rollout, version: number): Promise<boolean> {
    try {
      await this.#context.store.put(rollout, version);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return false;
    }
  }
}

const OVER = new Error('the pause is over');

/** Returns how long nothing has to be done about a rollout. Milliseconds. */
function pauseAfter(rollout: Rollout, now: string): number {
  const need = needOf(rollout, now);
  if (need.kind !== 'nothing') return 0;
  if (rollout.in_flight.length > 0) return PAUSE_MS;
  const until = need.until === undefined ? LONGEST_PAUSE_MS : Date.parse(need.until) - Date.parse(now);
  return Math.min(LONGEST_PAUSE_MS, Math.max(0, until));
}
