import { TimeoutError } from '../../compute/errors.ts';
import type { Clock } from '../clock.ts';

export interface Bounds {
  clock: Clock;
  /** Milliseconds. */
  limit: number;
  /** Ends the wait, with its reason. */
  signal: AbortSignal;
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the call has ended');

/**
 * Calls a provider and stops waiting at the limit or when its signal is aborted, even if the provider ignores its signal.
 * The next observation finds what the provider does later. Throws `TimeoutError`, or the reason of the signal that ended
 * the wait.
 */
export async function boundedCall<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { clock, limit, signal }: Bounds,
): Promise<T> {
  const ended = new AbortController();
  const late = new AbortController();
  void clock.sleep(limit, ended.signal).then(
    () => late.abort(new TimeoutError(`the provider did not answer within ${limit / 1000} s`)),
    () => undefined,
  );
  const any = AbortSignal.any([late.signal, signal]);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const abort = () => reject(any.reason);
  any.addEventListener('abort', abort, { once: true });
  try {
    any.throwIfAborted();
    return await Promise.race([call(any), aborted]);
  } finally {
    any.removeEventListener('abort', abort);
    ended.abort(ENDED);
  }
}
