import { TimeoutError } from '../../compute/errors.ts';
import type { Clock } from '../clock.ts';

export interface Bounds {
  clock: Clock;
  /** Milliseconds. */
  limit: number;
  /** Any of them ends the wait, with its reason. */
  signals: readonly AbortSignal[];
}

/** Made once: an abort without a reason makes an error with a stack each time. */
const OVER = new Error('the call is over');

/**
 * Waits for a provider's call as long as it may take, whether or not the provider listens to the signal it is given. What
 * it does after that is found by the next look. Throws `TimeoutError`, or the reason of the signal that ended the wait.
 */
export async function boundedCall<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { clock, limit, signals }: Bounds,
): Promise<T> {
  const ended = new AbortController();
  const late = new AbortController();
  void clock.sleep(limit, ended.signal).then(
    () => late.abort(new TimeoutError(`the provider did not answer within ${limit / 1000} s`)),
    () => undefined,
  );
  const any = AbortSignal.any([late.signal, ...signals]);
  const { promise: left, reject } = Promise.withResolvers<never>();
  left.catch(() => undefined);
  const leave = () => reject(any.reason);
  any.addEventListener('abort', leave, { once: true });
  try {
    any.throwIfAborted();
    return await Promise.race([call(any), left]);
  } finally {
    any.removeEventListener('abort', leave);
    ended.abort(OVER);
  }
}
