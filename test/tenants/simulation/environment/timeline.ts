import { setImmediate } from 'node:timers/promises';

interface Event {
  at: number;
  order: number;
  run: () => void;
}

/** Many times the events of the longest random program. */
const MAX_EVENTS = 50_000;

/**
 * Virtual time: a queue of events that run one at a time. The next event runs when all code that the last one started waits
 * for another event. So a run depends on nothing but the order of the events.
 */
export class Timeline {
  /** Milliseconds since 1970. */
  now = Date.parse('2026-01-01T00:00:00Z');
  #events: Event[] = [];
  #order = 0;

  /** Runs a function after that many milliseconds. Returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const event = { at: this.now + milliseconds, order: this.#order++, run };
    this.#events.push(event);
    return () => {
      const place = this.#events.indexOf(event);
      if (place >= 0) this.#events.splice(place, 1);
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }

  /** Lets time pass until the work has ended. Throws what the work throws, and an error where the work cannot end. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    await setImmediate();
    for (let events = 0; !isOver; events += 1) {
      if (events > MAX_EVENTS) throw new Error(`the work has not ended after ${MAX_EVENTS} events`);
      if (!this.runNext()) throw new Error('no event is left, and the work has not ended');
      await setImmediate(); // lets all promises settle that can
    }
    return work;
  }

  /** Runs the next event. Returns false where there is none. */
  runNext(): boolean {
    const next = this.#take();
    if (!next) return false;
    // No two events have the same time, so sorting by time is sorting by order.
    this.now = Math.max(this.now + 1, next.at);
    next.run();
    return true;
  }

  #take(): Event | undefined {
    let first = 0;
    for (let place = 1; place < this.#events.length; place += 1) {
      if (isBefore(this.#events[place], this.#events[first])) first = place;
    }
    return this.#events.splice(first, 1)[0];
  }
}

function isBefore(a: Event | undefined, b: Event | undefined): boolean {
  if (!a || !b) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
