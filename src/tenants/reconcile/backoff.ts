import { backoffMs } from '../../compute/backoff.ts';
import { ThrottledError } from '../../compute/errors.ts';

/** The longest pause that a provider can ask for: its answer may contain any number. Milliseconds. */
const MAX_REQUESTED_MS = 5 * 60_000;

/** Returns the pause before the next try, in milliseconds: backoff, after the pause that a refusal asked for. */
export function retryMs(error: unknown, attempt: number, random: () => number): number {
  const requested = error instanceof ThrottledError ? (error.retryAfterMs ?? 0) : 0;
  return (requested > 0 ? Math.min(requested, MAX_REQUESTED_MS) : 0) + backoffMs(attempt, { random });
}

/** Returns the pause before the next look at running work: a tenth of its age, from 500 to 15,000 milliseconds. */
export function pollMs(elapsedMs: number): number {
  return Math.min(15_000, Math.max(500, Math.ceil(elapsedMs / 10)));
}
