import { TimeoutError } from '../../compute/errors.ts';
import type { Clock } from '../clock.ts';
import { SupersededError } from './lease.ts';

export interface Bounds {
  clock: Clock;
  /** Milliseconds. */
  limit: number;
  /** Ends the wait, with its reason. */
  signal: AbortSignal;
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the call has ended');

/** How long a call of a replaced operation is given to stop, before the next call is made. Milliseconds. */
const STOP_MS = 5_000;

/**
 * Calls a provider and stops waiting at the limit or when its signal is aborted, even if the provider ignores its signal.
 * The next observation finds what the provider does later. Throws `TimeoutError`, or the reason of the signal that ended
 * the wait.
 *
 * A newer request wants another version. If both calls ran at once, the older one might take effect last. So after a
 * `SupersededError` the older call gets some time to stop.
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
  let running: Promise<T> | undefined;
  try {
    any.throwIfAborted();
    running = call(any);
    return await Promise.race([running, aborted]);
  } catch (error) {
    if (error instanceof SupersededError) await untilStopped(running, clock);
    throw error;
  } finally {
    any.removeEventListener('abort', abort);
    ended.abort(ENDED);
  }
}

async function untilStopped(running: Promise<unknown> | undefined, clock: Clock): Promise<void> {
  const stopped = new AbortController();
  const late = clock.sleep(STOP_MS, stopped.signal).catch(() => undefined);
  await Promise.race([running?.catch(() => undefined), late]);
  stopped.abort(ENDED);
}
