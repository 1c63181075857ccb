import { setTimeout as wait } from 'node:timers/promises';
import { isThrottled, isUnavailable, retryAfter } from './aws-error.ts';
import type { EcsClient, EcsOperation, EcsOperations, Send } from './client.ts';

/** Milliseconds: the first pause, which doubles with each attempt, and the longest. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5000;

export interface RetryOptions {
  /** Ends pauses as well as calls. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that all pauses of one operation may take in total. */
  budget: number;
  /** ECS operations whose throttling is thrown at once instead of retried. */
  throwsThrottled?: ((operation: EcsOperation) => boolean) | undefined;
  sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  random: () => number;
}

/** Runs a call until it succeeds, fails for good, or the budget is spent. */
export type Retry = <T>(call: () => Promise<T>, throwsThrottled?: boolean) => Promise<T>;

/** Resolves after a pause. Rejects with the signal's reason when it is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}

/**
 * Creates the retries of one operation: its calls share one budget of pauses. Only throttling and outages are retried.
 * Throws the last error once the next pause would exceed the budget.
 */
export function createRetry(options: RetryOptions): Retry {
  const { signal, random } = options;
  let { budget } = options;
  return async (call, throwsThrottled = false) => {
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const isRetried = isThrottled(error) ? !throwsThrottled : isUnavailable(error);
        const pause = Math.max(retryAfter(error) ?? 0, backoff(attempt, random));
        if (!isRetried || pause > budget) throw error;
        budget -= pause;
        await options.sleep(pause, signal);
      }
    }
  };
}

/** Adds retries to the calls of one operation. */
export function withRetries(client: EcsClient, options: RetryOptions): Send {
  const retry = createRetry(options);
  return <Operation extends EcsOperation>(operation: Operation, input: EcsOperations[Operation][0]) =>
    retry(() => client.send(operation, input, options.signal), options.throwsThrottled?.(operation));
}

/**
 * Returns the pause before the next attempt in milliseconds: exponential, with jitter over nine tenths of it.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
function backoff(attempt: number, random: () => number): number {
  return Math.ceil(Math.min(FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE) * (0.1 + 0.9 * random()));
}
