import type { EventSourceParserStream } from 'eventsource-parser/stream';
import { ProblemError, UnexpectedAnswerError, UnreachableError } from './errors.ts';
import type { Settings } from './options.ts';
import { errorOf, readText } from './read-answer.ts';
import { delayAfter, isTransient, pause } from './retry.ts';
import type { AnnouncementEnvelope, EventOptions } from './types.ts';

const PATH = '/v1/events';

/**
 * Announcements as they are made, told by a host that streams them (the local one does). A stream that breaks is taken up
 * again where it broke. It ends when the signal is aborted, and throws when nothing answers any longer.
 */
export async function* followEvents(settings: Settings, options: EventOptions): AsyncGenerator<AnnouncementEnvelope> {
  const { signal, tenant } = options;
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  let lastEventId = options.lastEventId;
  let failures = 0;
  while (!signal?.aborted) {
    try {
      const response = await connect(settings, lastEventId, signal);
      failures = 0;
      for await (const { id, data } of messagesOf(response, new EventSourceParserStream())) {
        lastEventId = id ?? lastEventId;
        const envelope = JSON.parse(data) as AnnouncementEnvelope;
        if (tenant === undefined || envelope.detail.data.tenant_id === tenant) yield envelope;
      }
    } catch (error) {
      if (signal?.aborted) return;
      const known = error instanceof ProblemError || error instanceof UnexpectedAnswerError;
      failures += 1;
      if ((known && !isTransient(error)) || failures >= settings.maxAttempts) throw unreachable(error, settings);
    }
    if (signal?.aborted) return;
    await pause(delayAfter(failures + 1, null), signal).catch(() => undefined);
  }
}

async function connect(
  { endpoint, fetch, userAgent }: Settings,
  lastEventId: string | undefined,
  signal?: AbortSignal,
) {
  const response = await fetch(endpoint + PATH, {
    headers: {
      accept: 'text/event-stream',
      'user-agent': userAgent,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    redirect: 'manual',
    ...(signal && { signal }),
  });
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const text = await readText(response, endpoint);
  throw errorOf(response, text, endpoint) ?? new UnexpectedAnswerError(endpoint, response.status, 'it is no stream');
}

function messagesOf(response: Response, parser: EventSourceParserStream) {
  return (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).pipeThrough(parser);
}

function unreachable(error: unknown, { endpoint }: Settings): unknown {
  if (error instanceof ProblemError || error instanceof UnexpectedAnswerError) return error;
  return new UnreachableError(endpoint, 'its announcements cannot be followed', { cause: error });
}
