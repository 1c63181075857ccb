export interface Backoff {
  /** The longest pause after the first failure. Milliseconds; default 500. */
  baseMs?: number | undefined;
  /** The longest pause after any number of failures. Milliseconds; default 30,000. */
  capMs?: number | undefined;
  /** Returns a number from 0 up to 1. */
  random?: (() => number) | undefined;
}

/**
 * Returns the pause before the next try, in whole milliseconds, after `attempt` failures (from 1). It is capped exponential
 * with full jitter, so that callers who failed together do not return together.
 * Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffMs(
  attempt: number,
  { baseMs = 500, capMs = 30_000, random = Math.random }: Backoff = {},
): number {
  return Math.ceil(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 20)));
}
