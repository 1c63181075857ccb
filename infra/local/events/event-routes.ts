import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Answer } from '../../../functions/runtime/http/answer.ts';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { noParameters, readParameters } from '../../../functions/runtime/http/read-parameters.ts';
import { isTenantId } from '../../../src/compute/spec/names.ts';
import type { PutEntries } from '../../../src/events/publisher.ts';
import { splitTarget, toQuery } from '../http/to-event.ts';
import type { DeliveredEvent, EventLog } from './event-log.ts';
import { streamEvents } from './event-stream.ts';
import type { LocalQueue, Message } from './local-queue.ts';
import { putEvents, TARGET_HEADER } from './put-events.ts';

export interface HostRequest {
  method: string;
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  requestId: string;
}

/** Serves requests about events. Returns `streaming` if it keeps the response, and undefined for any other request. */
export type EventRoutes = (request: HostRequest, response: ServerResponse) => Promise<Answer | 'streaming' | undefined>;

export interface EventRoutesOptions {
  put: PutEntries;
  log: EventLog;
  queue: LocalQueue;
  /** Aborted when the host stops. */
  signal: AbortSignal;
}

/** `?tenant=a&tenant=b`: announcements about any of these tenants. */
const eventsQuery = {
  tenant: {
    description: 'Only announcements about this tenant; repeated, about any of them',
    schema: { type: 'array', items: { type: 'string' } },
    rule: 'tenant must be the id of a tenant, given at most 100 times',
    read(text: string): string[] | undefined {
      const ids = text.split(',');
      return ids.length <= 100 && ids.every(isTenantId) ? ids : undefined;
    },
  },
};

/** Stands in for the APIs of EventBridge and SQS. On AWS these are services of their own, so no function serves them. */
export function createEventRoutes(options: EventRoutesOptions): EventRoutes {
  return async (request, response) => {
    const { method, target } = request;
    const { path, query } = splitTarget(target);
    const parameters = () => toQuery(query);
    switch (path) {
      case '/':
        return method === 'POST' ? answerPutEvents(request, options) : undefined;
      case '/v1/events': {
        allow('GET', method);
        const { tenant: tenants } = await readParameters('query', eventsQuery, parameters());
        void streamEvents(response, { ...options, tenants, lastEventId: lastEventIdOf(request) });
        return 'streaming';
      }
      case '/v1/dead-letters':
        allow('GET', method);
        await readParameters('query', noParameters, parameters());
        return { status: 200, body: { dead_letters: options.queue.deadLetters().map(viewDeadLetter) } };
      case '/v1/dead-letters/redrive':
        allow('POST', method);
        await readParameters('query', noParameters, parameters());
        return { status: 200, body: { redriven: options.queue.redrive() } };
      default:
        return undefined;
    }
  };
}

async function answerPutEvents(
  { headers, body, requestId }: HostRequest,
  { put }: EventRoutesOptions,
): Promise<Answer | undefined> {
  const target = headers[TARGET_HEADER];
  if (typeof target !== 'string') return undefined;
  const answer = await putEvents(target, body, put);
  return { ...answer, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId } };
}

function allow(allowed: string, method: string): void {
  if (method !== allowed) throw new HttpError('method_not_allowed', `use ${allowed}`, { allow: allowed });
}

function lastEventIdOf({ headers }: HostRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Leaves out the specification, whose values may be secret. */
function viewDeadLetter({ id, body, sent, receives }: Message) {
  const event = JSON.parse(body) as DeliveredEvent;
  const { tenant_id } = (event.detail.data ?? {}) as { tenant_id?: unknown };
  return {
    id: String(id),
    sent_at: new Date(sent).toISOString(),
    receives,
    event: {
      id: event.id,
      'detail-type': event['detail-type'],
      source: event.source,
      time: event.time,
      ...(isTenantId(tenant_id) && { tenant_id }),
    },
  };
}
