import type { Authorize } from './authorize.ts';
import { ProblemError, SigningError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
import type { Settings } from './options.ts';
import { errorOf, readText } from './read-answer.ts';
import { delayAfter, isTransient, pause } from './retry.ts';
import type { AnnouncementEnvelope, EventOptions } from './types.ts';

/** A stream that held for so long was a good one, though nothing was told. Milliseconds. */
const HELD_MS = 5_000;

/** No announcement is larger: EventBridge takes no more than 256 KB. */
const MAX_MESSAGE = 1024 * 1024;

/**
 * Announcements as they are made, told by a host that streams them (the local one does). A stream that breaks is taken up
 * again where it broke. It ends when the signal is aborted, and throws when nothing answers any longer.
 */
export async function* followEvents(
  settings: Settings,
  authorize: Authorize,
  options: EventOptions,
): AsyncGenerator<AnnouncementEnvelope> {
  const { signal } = options;
  let { lastEventId } = options;
  for (let failures = 0; !signal?.aborted; ) {
    const since = performance.now();
    let reason: unknown;
    try {
      const response = await connect(settings, authorize, { ...options, lastEventId });
      for await (const { id, data } of await messagesOf(response)) {
        lastEventId = id ?? lastEventId;
        failures = 0;
        yield parse(data, settings);
      }
    } catch (error) {
      reason = error;
    }
    if (signal?.aborted) return;
    failures = performance.now() - since > HELD_MS ? 1 : failures + 1;
    if (isFinal(reason) || failures >= settings.maxAttempts) throw asError(reason, settings);
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
  const response = await settings.fetch(url, { headers: authorized, redirect: 'manual', ...(signal && { signal }) });
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const text = await readText(response, endpoint);
  throw errorOf(response, text, endpoint) ?? new UnexpectedAnswerError(endpoint, response.status, 'it is no stream');
}

async function messagesOf({ body }: Response) {
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  const parser = new EventSourceParserStream({ maxBufferSize: MAX_MESSAGE });
  return (body ?? new ReadableStream<Uint8Array<ArrayBuffer>>())
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(parser);
}

function parse(data: string, { endpoint }: Settings): AnnouncementEnvelope {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null && 'detail' in value) return value as AnnouncementEnvelope;
  } catch {
    // What is no JSON is no announcement either.
  }
  throw new UnexpectedAnswerError(endpoint, 200, 'its stream tells something that is no announcement');
}

/** Whether asking again would bring the same. */
function isFinal(reason: unknown): boolean {
  return (reason instanceof ProblemError || reason instanceof UnexpectedAnswerError) && !isTransient(reason);
}

function asError(reason: unknown, { endpoint }: Settings): unknown {
  if (reason instanceof ProblemError || reason instanceof UnexpectedAnswerError) return reason;
  if (reason instanceof SigningError) return reason;
  return new UnreachableError(endpoint, 'its announcements cannot be followed', { cause: reason });
}
