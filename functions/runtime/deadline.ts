import { setMaxListeners } from 'node:events';
import { TimeoutError } from '../../src/compute/errors.ts';

/** API Gateway hangs up after 30 s; an operation that is not done after 25 s will not be. */
const MAX_DURATION_MS = 25_000;

/** Kept back from what Lambda leaves, to answer and to write the logs. */
const MARGIN_MS = 500;

/**
 * Runs work that has to end before Lambda ends it. At the deadline its signal is aborted and the caller gets a
 * `TimeoutError` at once, whether the work heeds the signal or not.
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
