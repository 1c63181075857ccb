import { setMaxListeners } from 'node:events';
import { TimeoutError } from '../../src/compute/errors.ts';

/** The longest run of a piece of work. API Gateway closes a connection after 30 s. */
const MAX_DURATION_MS = 25_000;

/** Time reserved before the time-out of Lambda, to answer and to write the logs. */
const MARGIN_MS = 500;

/**
 * Runs work that must end before Lambda's time-out. At the deadline it aborts the signal and rejects with a `TimeoutError`
 * at once, even if the work ignores the signal. `remaining`: milliseconds until the time-out.
 */
export async function withDeadline<T>(remaining: number, work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const duration = Math.max(0, Math.min(MAX_DURATION_MS, remaining - MARGIN_MS));
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    const error = new TimeoutError(`no answer within ${Math.round(duration / 100) / 10} s`);
    reject(error);
    abort.abort(error);
  }, duration);
  try {
    Promise.resolve(work(abort.signal)).then(resolve, reject);
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
