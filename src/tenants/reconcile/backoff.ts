import { ThrottledError } from '../../compute/errors.ts';

/**
 * The pause before the next try: capped exponential, with full jitter, so that many who failed together do not come back
 * together (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Milliseconds.
 */
export function retryPause(attempt: number, random: () => number, { base = 500, cap = 30_000 } = {}): number {
  return Math.ceil(random() * Math.min(cap, base * 2 ** Math.min(attempt - 1, 20)));
}

/** Whoever says when to come back is believed, up to five minutes: what comes from outside may be any number. */
const LONGEST_ASKED_FOR = 5 * 60_000;

/** The pause that a refusal asks for, in milliseconds; 0 where it asks for none. */
export function pauseAskedFor(error: unknown): number {
  const asked = error instanceof ThrottledError ? (error.retryAfterMs ?? 0) : 0;
  return asked > 0 ? Math.min(asked, LONGEST_ASKED_FOR) : 0;
}

/** The pause before the next look at work that goes on: a tenth of what it took so far, between half a second and 15 seconds. */
export function pollPause(elapsedMs: number): number {
  return Math.min(15_000, Math.max(500, Math.ceil(elapsedMs / 10)));
}
