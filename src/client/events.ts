import type { EventSourceMessage } from 'eventsource-parser';
import type { Authorize } from './authorize.ts';
import { ProblemError, SigningError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
import type { FetchResponse } from './fetch.ts';
import type { Settings } from './options.ts';
import { errorOf, readText } from './read-answer.ts';
import { delayAfter, isTransient, pause } from './retry.ts';
import type { AnnouncementEnvelope, EventOptions } from './types.ts';

/** A stream that lasted this long resets the count of failures, even without an announcement. */
const STABLE_MS = 5_000;

/** Attempts to connect again where nothing listens any more: a host that restarts comes back within their pauses. */
const MAX_REFUSED = 10;

/** Exceeds any announcement: EventBridge accepts at most 256 KB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * Follows the announcements of a host that streams them as server-sent events, as the local host does. A broken stream is
 * resumed after the last id. Ends when the signal is aborted, and throws after `maxAttempts` failures in a row.
 */
export async function* followEvents(
  settings: Settings,
  authorize: Authorize,
  options: EventOptions,
): AsyncGenerator<AnnouncementEnvelope> {
  const { signal } = options;
  let { lastEventId } = options;
  let wasConnected = false;
  for (let failures = 0; !signal?.aborted; ) {
    const startedAt = performance.now();
    let failure: unknown;
    try {
      const response = await connect(settings, authorize, { ...options, lastEventId });
      wasConnected = true;
      for await (const { id, data } of messagesOf(response)) {
        lastEventId = id ?? lastEventId;
        failures = 0;
        yield parse(data, settings);
      }
    } catch (error) {
      failure = error;
    }
    if (signal?.aborted) return;
    failures = performance.now() - startedAt > STABLE_MS ? 1 : failures + 1;
    const most = wasConnected && isRefused(failure) ? MAX_REFUSED : settings.maxAttempts;
    if (isFinal(failure) || failures >= most) throw asError(failure, settings);
    await pause(delayAfter(failures, null), signal).catch(() => undefined);
  }
}

async function connect(settings: Settings, authorize: Authorize, { tenant, lastEventId, signal }: EventOptions) {
  const { endpoint, userAgent } = settings;
  const url = `${endpoint}/v1/events${tenant === undefined ? '' : `?${new URLSearchParams({ tenant })}`}`;
  const headers = {
    accept: 'text/event-stream',
    'user-agent': userAgent,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const authorized = await authorize({ method: 'GET', url, headers, body: undefined });
  const response = await settings.fetch(url, {
    method: 'GET',
    headers: authorized,
    redirect: 'manual',
    ...(signal && { signal }),
  });
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const error = errorOf(response, await readText(response, endpoint), endpoint);
  throw error ?? new UnexpectedAnswerError(endpoint, response.status, 'it is not an event stream');
}

async function* messagesOf({ body }: FetchResponse): AsyncGenerator<EventSourceMessage> {
  const { createParser } = await import('eventsource-parser');
  const arrived: EventSourceMessage[] = [];
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: MAX_MESSAGE_BYTES,
    onEvent: (message) => arrived.push(message),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  for await (const chunk of body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* arrived.splice(0);
  }
}

function parse(data: string, { endpoint }: Settings): AnnouncementEnvelope {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null && 'detail' in value) return value as AnnouncementEnvelope;
  } catch {
    // Falls through: not JSON, so not an announcement.
  }
  throw new UnexpectedAnswerError(endpoint, 200, 'its stream contains something other than announcements');
}

/** Returns true if nothing listens at the address. The global `fetch` has the error in its cause. */
function isRefused(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return (code ?? cause?.code) === 'ECONNREFUSED';
}

/** Returns true for a refusal that another attempt would meet again. */
function isFinal(error: unknown): boolean {
  return (error instanceof ProblemError || error instanceof UnexpectedAnswerError) && !isTransient(error);
}

function asError(error: unknown, { endpoint }: Settings): unknown {
  const known = [ProblemError, UnexpectedAnswerError, SigningError];
  if (known.some((type) => error instanceof type)) return error;
  return new UnreachableError(endpoint, 'its event stream broke', { cause: error });
}
