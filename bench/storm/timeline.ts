import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/tenants/clock.ts';
import { Agenda } from '../../test/support/agenda.ts';

interface Event {
  at: number;
  run: (() => void) | undefined;
}

/** Virtual time for a great many events. */
export class StormTimeline implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  #turns = 0;
  readonly #agenda = new Agenda<Event>();

  now = (): number => this.#now;

  after(milliseconds: number, run: () => void): Event {
    const event = { at: this.#now + Math.max(0, milliseconds), run };
    this.#agenda.push(event);
    return event;
  }

  sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      event.run = undefined;
      reject(signal?.reason);
    };
    const event = this.after(milliseconds, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    return promise;
  };

  /** Lets time pass until the work has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    await setImmediate();
    while (!isOver) {
      const next = this.#agenda.pop();
      if (!next) throw new Error('nothing is left to happen, and the storm is not over');
      if (!next.run) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.#settled();
    }
    return work;
  }

  /**
   * Until all promises that can settle have. A tick does for that, at a hundredth of the cost of a turn of the event loop;
   * now and then there is one of these too, so that Node can clean up after what was collected.
   */
  #settled(): Promise<void> {
    this.#turns += 1;
    return this.#turns % 4096 === 0 ? setImmediate() : new Promise(process.nextTick);
  }
}
