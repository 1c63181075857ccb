import { setImmediate } from 'node:timers/promises';
import fc, { type Scheduler } from 'fast-check';
import { Timeline } from '../simulation/environment/timeline.ts';

/**
 * Virtual time whose order of events fast-check chooses; the clock follows. So any request can take longer than any lease,
 * and any two can come in either order. While it is not racing, events run in the order of their times.
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
      void this.#scheduler.schedule(Promise.resolve()).then(() => this.runNext());
      return super.after(milliseconds, run);
    }
    const at = this.now + milliseconds;
    let isCancelled = false;
    void this.#scheduler.schedule(Promise.resolve()).then(() => {
      if (isCancelled) return;
      this.now = Math.max(this.now + 1, at);
      run();
    });
    return () => {
      isCancelled = true;
    };
  }

  override run<T>(work: Promise<T>): Promise<T> {
    return this.#scheduler.waitFor(work);
  }
}

/** Returns schedulers that let all runnable code run before they choose the next event. */
export function schedulers() {
  return fc.scheduler({
    act: async (task) => {
      await task();
      await setImmediate();
    },
  });
}
