import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ReceivedRequest {
  method: string;
  target: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Starts a server on a free port, for answers that Berth never gives. It closes with the test. */
export async function serve(answer: (request: ReceivedRequest, response: ServerResponse, count: number) => void) {
  const requests: ReceivedRequest[] = [];
  const listener: RequestListener = async (request, response) => {
    response.on('error', () => undefined);
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const received = { method: request.method ?? '', target: request.url ?? '', headers: request.headers, body };
    requests.push(received);
    answer(received, response, requests.length);
  };
  const server = createServer((request, response) => void Promise.resolve(listener(request, response)).catch(() => {}));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Sends JSON with the headers of Berth. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'request-1', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends a problem document of Berth. */
export function answerProblem(
  response: ServerResponse,
  status: number,
  code: string,
  { retryable = false, headers = {} }: { retryable?: boolean; headers?: Record<string, string> } = {},
) {
  const body = { type: `urn:berth:problem:${code}`, title: code, status, detail: code, code, retryable };
  answerJson(
    response,
    status,
    { ...body, request_id: 'request-1', hint: 'Try something else.' },
    {
      'content-type': 'application/problem+json',
      ...headers,
    },
  );
}
