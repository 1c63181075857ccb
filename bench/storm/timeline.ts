import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/tenants/ports.ts';

interface Event {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/** Virtual time for a great many events: a heap, and events of one moment happen together. */
export class StormTimeline implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  #order = 0;
  #turns = 0;
  readonly #heap: Event[] = [];

  now = (): number => this.#now;

  after(milliseconds: number, run: () => void): Event {
    const event = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, run };
    this.#push(event);
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
      const next = this.#pop();
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

  #push(event: Event): void {
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(event, heap[above])) break;
      heap[place] = heap[above] as Event;
      place = above;
    }
    heap[place] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (isBefore(heap[below + 1], heap[below])) below += 1;
      if (!isBefore(heap[below], last)) break;
      heap[place] = heap[below] as Event;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Event | undefined, b: Event | undefined): boolean {
  if (!a || !b) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
