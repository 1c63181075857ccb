import { setTimeout as wait } from 'node:timers/promises';
import { isThrottled, isUnavailable, retryAfter } from './aws-error.ts';
import type { EcsClient, EcsOperation, EcsOperations, Send } from './client.ts';

/** Milliseconds. The first pause, which doubles, and the longest. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5000;

export interface RetryOptions {
  /** Stops the waiting as well as the calls. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that all pauses of one operation may take together. */
  budget: number;
  /** Operations whose throttling is not sat out, but thrown at once. */
  throwsThrottled?: ((operation: EcsOperation) => boolean) | undefined;
  sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  random: () => number;
}

export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}

/** Makes a call, and makes it again where that may help; where it throttles, only if that is to be sat out. */
export type Repeat = <T>(call: () => Promise<T>, throwsThrottled?: boolean) => Promise<T>;

/**
 * Repeats the calls of one operation where AWS is busy or out of order: with growing pauses of random length
 * (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/), and until the pauses have used up
 * what there is for them. Then the last error is thrown.
 */
export function repeating(options: RetryOptions): Repeat {
  let { budget } = options;
  return async (call, throwsThrottled = false) => {
    const { signal } = options;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const pause = pauseAfter(error, attempt, options.random);
        const isLeft = throwsThrottled && isThrottled(error);
        if (pause === undefined || pause > budget || isLeft) throw error;
        budget -= pause;
        await options.sleep(pause, signal);
      }
    }
  };
}

/** Calls ECS for one operation, and calls again as needed. */
export function withRetries(client: EcsClient, options: RetryOptions): Send {
  const repeat = repeating(options);
  return <Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) =>
    repeat(() => client.send(operation, input, options.signal), options.throwsThrottled?.(operation));
}

/** How long to wait before the next attempt; nothing where another would fail alike. */
function pauseAfter(error: unknown, attempt: number, random: () => number): number | undefined {
  if (!isThrottled(error) && !isUnavailable(error)) return undefined;
  const longest = Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE);
  return Math.max(retryAfter(error) ?? 0, Math.ceil(longest * (0.1 + 0.9 * random())));
}
