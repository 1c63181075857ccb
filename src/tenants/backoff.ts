/**
 * The pause before the next try: capped exponential, with full jitter, so that many who failed together do not come back
 * together (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Milliseconds.
 */
export function retryPause(attempt: number, random: () => number, { base = 500, cap = 30_000 } = {}): number {
  return Math.ceil(random() * Math.min(cap, base * 2 ** Math.min(attempt - 1, 20)));
}

/** The pause before the next look at work that goes on: a tenth of what it took so far, between half a second and 15 seconds. */
export function pollPause(elapsedMs: number): number {
  return Math.min(15_000, Math.max(500, Math.ceil(elapsedMs / 10)));
}
