import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type UnexpectedAnswerError } from './errors.ts';

const BASE_MS = 200;
const MAX_MS = 5_000;

/** No server keeps a client waiting longer than this. */
const MAX_RETRY_AFTER_MS = 30_000;

/** Whether an answer is worth another try: too many requests, or a fault that may pass. */
export function isTransient(error: ProblemError | UnexpectedAnswerError): boolean {
  if (error.status !== 429 && error.status < 500) return false;
  return error instanceof ProblemError ? error.retryable : true;
}

/** How long to wait after so many tries: as the server asks, or longer each time; spread, so that callers do not return together. */
export function delayAfter(attempt: number, retryAfter: string | null, random: () => number = Math.random): number {
  const asked = parseRetryAfter(retryAfter);
  if (asked !== undefined) return Math.min(asked, MAX_RETRY_AFTER_MS) + Math.round(random() * BASE_MS);
  const limit = Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1));
  return Math.round(limit / 2 + (random() * limit) / 2);
}

/** Seconds, or a date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

/** Waits; throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
