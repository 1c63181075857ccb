import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/tenants/clock.ts';
import { Agenda } from '../../test/support/agenda.ts';

interface Event {
  at: number;
  /** Absent after the event was cancelled. */
  run: (() => void) | undefined;
}

/** After this many events, one whole iteration of the event loop lets Node.js run finalizers. */
const EVENTS_A_TURN = 4096;

/** Virtual time for millions of events. */
export class StormTimeline implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  #events = 0;
  readonly #agenda = new Agenda<Event>();

  now = (): number => this.#now;

  sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const event: Event = {
      at: this.#now + Math.max(0, milliseconds),
      run() {
        signal?.removeEventListener('abort', cancel);
        resolve();
      },
    };
    const cancel = () => {
      event.run = undefined;
      reject(signal?.reason);
    };
    this.#agenda.push(event);
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  };

  /** Advances the time, event by event, until the work has settled. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    work.then(settle, settle);
    await setImmediate();
    while (!isSettled) {
      const next = this.#agenda.pop();
      if (!next) throw new Error('the work has not settled, and no event is left');
      if (!next.run) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await this.#settlePromises();
    }
    return work;
  }

  /** Waits until all promises that can settle have. A tick takes a hundredth of the time of an event loop iteration. */
  #settlePromises(): Promise<void> {
    this.#events += 1;
    return this.#events % EVENTS_A_TURN === 0 ? setImmediate() : new Promise(process.nextTick);
  }
}
