/** The time, passed in so that tests can control it. */
export interface Clock {
  /** Returns milliseconds since the epoch. */
  now(): number;
  /** Returns milliseconds since some moment, which never go back or jump. Default: `now`, for a clock that never does. */
  elapsed?(): number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason when the signal is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep(ms, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    return promise;
  },
};

/**
 * How far clocks of one installation may differ before a time in the future counts as that of a wrong clock.
 * Milliseconds.
 */
export const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Returns milliseconds by which to measure a duration within this process: a correction of the clock does not change
 * them.
 */
export function elapsed(clock: Pick<Clock, 'now' | 'elapsed'>): number {
  return clock.elapsed?.() ?? clock.now();
}

/** Returns the present time as ISO 8601 in UTC, the form in which every record keeps times. */
export function timestamp(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString();
}

/** Returns the ISO 8601 time that lies `ms` milliseconds after another. */
export function addMs(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}
