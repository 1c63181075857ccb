import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type UnexpectedAnswerError } from './errors.ts';

const BASE_MS = 200;
const MAX_MS = 5_000;

/** A longer `Retry-After` is cut to this. */
const MAX_RETRY_AFTER_MS = 30_000;

/** Returns true for errors that another attempt may avoid: status 429, and 5xx unless Berth says it is not retryable. */
export function isTransient(error: ProblemError | UnexpectedAnswerError): boolean {
  if (error.status !== 429 && error.status < 500) return false;
  return error instanceof ProblemError ? error.retryable : true;
}

/** Returns the milliseconds before the next attempt: what the server asks for, else a backoff, with jitter in both cases. */
export function delayAfter(attempt: number, retryAfter: string | null, random: () => number = Math.random): number {
  const requested = parseRetryAfter(retryAfter);
  if (requested === undefined) return backoff(attempt, random);
  return Math.min(requested, MAX_RETRY_AFTER_MS) + Math.round(random() * BASE_MS);
}

/** Doubles with each attempt, with equal jitter: between half of the limit and the limit. */
function backoff(attempt: number, random: () => number): number {
  const limit = Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1));
  return Math.round(limit / 2 + (random() * limit) / 2);
}

/** Parses `Retry-After`, which is a number of seconds or a date. Returns milliseconds. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

/** Sleeps. Throws the reason of the signal as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
