import type { Authorize, SignableRequest } from './authorize.ts';
import { UnexpectedAnswerError, UnreachableError } from './errors.ts';
import type { FetchResponse, ResponseHeaders } from './fetch.ts';
import type { Settings } from './options.ts';
import { errorOf, readText } from './read-answer.ts';
import { delayAfter, isTransient, pause } from './retry.ts';

/** A successful answer of Berth. */
export interface Reply {
  status: number;
  headers: ResponseHeaders;
  /** The parsed body; undefined with status 204. */
  data: unknown;
}

/** Sends one request of the API, with as many attempts as it takes. */
export type Transport = (request: SignableRequest, signal?: AbortSignal) => Promise<Reply>;

interface FailedAttempt {
  error: Error;
  reason: string;
  retryAfter: string | null;
  isTransient: boolean;
}

/** A request that times out is repeated once only: each attempt costs the caller `attemptTimeoutMs`. */
const MAX_TIMEOUTS = 2;

/**
 * Creates what authorizes requests, repeats transient failures, and returns only successful answers of Berth. It throws
 * `ProblemError`, `UnexpectedAnswerError`, `UnreachableError`, `SigningError`, or the reason of the signal.
 */
export function createTransport(settings: Settings, authorize: Authorize): Transport {
  return async (request, signal) => {
    const { method, url, body } = request;
    const headers = { ...request.headers, 'user-agent': settings.userAgent };
    let timeouts = 0;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const signed = await authorize({ method, url, headers, body });
      const result = await send({ method, url, headers: signed, body }, signal, settings);
      if (!('error' in result)) return result;
      const { error, reason, retryAfter, isTransient } = result;
      if (error instanceof UnreachableError && isTimeout(error)) timeouts += 1;
      if (!isTransient || attempt >= settings.maxAttempts || timeouts >= MAX_TIMEOUTS) throw error;
      const delayMs = delayAfter(attempt, retryAfter);
      const path = new URL(url).pathname;
      settings.onRetry?.({ method, path, attempt, maxAttempts: settings.maxAttempts, reason, delayMs });
      await pause(delayMs, signal);
    }
  };
}

/** Makes one attempt. Returns only answers that Berth gives to a successful request. */
async function send(
  { url, method, headers, body }: SignableRequest,
  signal: AbortSignal | undefined,
  settings: Settings,
): Promise<Reply | FailedAttempt> {
  const { endpoint, attemptTimeoutMs } = settings;
  const timeout = AbortSignal.timeout(attemptTimeoutMs);
  let response: FetchResponse;
  let text: string;
  try {
    response = await settings.fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      redirect: 'manual', // following one would send the credentials to another host
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await readText(response, endpoint);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof UnexpectedAnswerError) throw error;
    const reason = timeout.aborted ? `no answer within ${attemptTimeoutMs / 1000} s` : reasonOf(error);
    const cause = timeout.aborted ? timeout.reason : error;
    const unreachable = new UnreachableError(endpoint, reason, { cause });
    // A name that does not resolve is most often misspelt, and another attempt rarely helps.
    return { error: unreachable, reason, retryAfter: null, isTransient: codeOf(error) !== 'ENOTFOUND' };
  }
  const error = errorOf(response, text, endpoint);
  const { status } = response;
  if (!error) return { status, headers: response.headers, data: status === 204 ? undefined : JSON.parse(text) };
  const reason = `status ${status}`;
  const retryAfter = response.headers.get('retry-after');
  return { error, reason, retryAfter, isTransient: isTransient(error) };
}

function isTimeout({ cause }: UnreachableError): boolean {
  return cause instanceof DOMException && cause.name === 'TimeoutError';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
};

/** Returns the reason of a failed `fetch`, whose message is only "fetch failed", from its cause. */
function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  const code = codeOf(error);
  if (code && reasons[code]) return reasons[code];
  return cause instanceof Error && cause.message ? cause.message : 'the request failed';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function codeOf(error: unknown): string | undefined {
  return (causeOf(error) as NodeJS.ErrnoException | undefined)?.code;
}
