import { setImmediate } from 'node:timers/promises';
import fc, { type Scheduler } from 'fast-check';
import { Timeline } from '../simulation/timeline.ts';

/**
 * Time in fast-check's hands. Whatever waits, for an answer or for a moment, goes on in the order that fast-check chooses,
 * and the clock follows: so any request can take longer than any lease, and any two can come in either order. While it is
 * not racing, what is begun happens in due order.
 */
export class RacingTimeline extends Timeline {
  isRacing = true;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    super();
    this.#scheduler = scheduler;
  }

  override after(milliseconds: number, run: () => void): () => void {
    if (!this.isRacing) {
      void this.#scheduler.schedule(Promise.resolve()).then(() => this.happenNext());
      return super.after(milliseconds, run);
    }
    const at = this.now + milliseconds;
    let isCalledOff = false;
    void this.#scheduler.schedule(Promise.resolve()).then(() => {
      if (isCalledOff) return;
      this.now = Math.max(this.now + 1, at);
      run();
    });
    return () => {
      isCalledOff = true;
    };
  }

  override run<T>(work: Promise<T>): Promise<T> {
    return this.#scheduler.waitFor(work);
  }
}

/** Schedulers that let everything that can go on do so before they choose again. */
export function schedulers() {
  return fc.scheduler({
    act: async (task) => {
      await task();
      await setImmediate();
    },
  });
}
