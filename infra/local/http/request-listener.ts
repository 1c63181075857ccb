import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { toResult } from '../../../functions/runtime/http/answer.ts';
import type { Handler } from '../../../functions/runtime/http/operation.ts';
import { toProblem } from '../../../functions/runtime/http/problem.ts';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/index.ts';
import type { Access } from '../access/access.ts';
import type { EventRoutes } from '../events/event-routes.ts';
import { checkCaller } from './check-caller.ts';
import { findRoute } from './find-route.ts';
import { hostPage } from './host-pages.ts';
import { createContext } from './lambda-context.ts';
import { readBytes } from './read-bytes.ts';
import { splitTarget, toEvent, toOriginForm } from './to-event.ts';
import { toResponse } from './to-response.ts';

export interface ListenerOptions {
  handlers: ReadonlyMap<string, Handler>;
  logger: Logger;
  /** Serves the routes that no function serves. */
  eventRoutes: EventRoutes;
  /** Milliseconds that an invocation may take. */
  functionTimeout: number | undefined;
  /** True while the host stops: responses then close their connections. */
  isClosing(): boolean;
  access: Pick<Access, 'refusalOf'>;
}

/** Stands in for API Gateway: converts a request to an event, calls its handler, and converts the result to a response. */
export function createListener(options: ListenerOptions): RequestListener {
  return (request, response) => {
    void serve(request, response, options);
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: ListenerOptions): Promise<void> {
  const requestId = randomUUID();
  const result = await invoke(request, response, requestId, options).catch((error: unknown) => {
    const problem = toProblem(error, requestId);
    const { code } = problem.body;
    options.logger.warn('request refused', { component: 'http', request_id: requestId, code, error: messageOf(error) });
    return toResult(problem, requestId);
  });
  if (result === 'streaming') return;
  const { status, headers, body } = toResponse(result);
  if (options.isClosing()) headers.connection = 'close';
  response.writeHead(status, headers);
  response.end(body);
}

async function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { handlers, eventRoutes, functionTimeout, access }: ListenerOptions,
): Promise<APIGatewayProxyStructuredResultV2 | 'streaming'> {
  const { method = 'GET', rawHeaders, httpVersion } = request;
  const { target, authority } = toOriginForm(request.url ?? '/');
  const refusal = access.refusalOf(request);
  const body = await readBytes(request, refusal === undefined);
  const host = authority ?? request.headers.host;
  checkCaller({ ...request.headers, host }, request.headersDistinct.host);
  const { path } = splitTarget(target);
  const page = await hostPage({ method, path, accept: request.headers.accept, requestId });
  if (page) return page; // the same for every caller, and a browser sends no token
  if (refusal) throw refusal;
  const eventAnswer = await eventRoutes({ method, target, headers: request.headers, body, requestId }, response);
  if (eventAnswer === 'streaming') return eventAnswer;
  if (eventAnswer) return toResult(eventAnswer, requestId);
  const route = findRoute(method, path);
  const handler = handlers.get(route.operation);
  if (!handler) throw new Error(`functions/${route.operation}.ts is not loaded`);
  const remoteAddress = request.socket.remoteAddress ?? '';
  const wire = { method, target, rawHeaders, httpVersion, remoteAddress, body };
  const event = toEvent(wire, route, requestId, new Date());
  return handler(event, createContext(route.operation, requestId, functionTimeout));
}
