import { messageOf } from '../../compute/errors.ts';
import { elapsed } from '../../tenants/clock.ts';
import type { RolloutWorkContext } from './context.ts';
import { RolloutWorker, type WorkOptions } from './rollout-worker.ts';

/** How many rollouts a process works on at a time. */
const CONCURRENCY = 20;
/** How often rollouts are looked for that a wrong clock put far ahead. Milliseconds. */
const PERIOD_MS = 10_000;
/** How long a rollout rests that could not be worked on. Milliseconds. */
const REST_MS = 10_000;

/**
 * Finds rollouts that are due, after a crash too, and works on them. Any number of sweepers may run at once. Its cost where
 * nothing is due is one query.
 */
export class RolloutSweeper {
  readonly #context: RolloutWorkContext;
  readonly #working = new Set<string>();
  readonly #restingUntil = new Map<string, number>();
  #periodicAt: number;

  constructor(context: RolloutWorkContext) {
    this.#context = context;
    this.#periodicAt = elapsed(context.clock);
  }

  /** Returns true where a rollout is due by a time. Epoch milliseconds. */
  hasWork(until: number): Promise<boolean> {
    return this.#context.store.hasWork(until);
  }

  /**
   * Makes one pass, and returns when the rollouts that it took rest or the time is up. A failure with one is logged, and it
   * rests for a while. Throws only where the table cannot be read.
   */
  async sweep(options: WorkOptions = {}): Promise<number> {
    const { store, clock } = this.#context;
    const early = options.exclusiveSince !== undefined;
    const due = await store.findDue(CONCURRENCY * 2, { early });
    if (elapsed(clock) >= this.#periodicAt + PERIOD_MS) {
      this.#periodicAt = elapsed(clock);
      due.push(...(await store.findMisscheduled(CONCURRENCY)));
    }
    const rests = (id: string) => (this.#restingUntil.get(id) ?? Number.NEGATIVE_INFINITY) > elapsed(clock);
    const idle = [...new Set(due)].filter((id) => !this.#working.has(id) && !rests(id));
    const taken = idle.slice(0, Math.max(0, CONCURRENCY - this.#working.size));
    const worked = await Promise.all(taken.map((id) => this.#work(id, options)));
    return worked.filter(Boolean).length;
  }

  async #work(rolloutId: string, options: WorkOptions): Promise<boolean> {
    const { clock, logger } = this.#context;
    this.#working.add(rolloutId);
    try {
      const isTaken = await new RolloutWorker(rolloutId, this.#context, options).work();
      this.#restingUntil.delete(rolloutId);
      return isTaken;
    } catch (error) {
      this.#restingUntil.set(rolloutId, elapsed(clock) + REST_MS);
      logger.error('rollout not worked on', { component: 'rollouts', rollout_id: rolloutId, error: messageOf(error) });
      return false;
    } finally {
      this.#working.delete(rolloutId);
    }
  }
}
