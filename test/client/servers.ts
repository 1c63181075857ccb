import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request that a test's server got. */
export interface Got {
  method: string;
  target: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server on a free port, for answers that Berth would never give; it ends with the test, and with it every connection. */
export async function serve(answer: (request: Got, response: ServerResponse, count: number) => void) {
  const requests: Got[] = [];
  const listener: RequestListener = async (request, response) => {
    response.on('error', () => undefined);
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const got = { method: request.method ?? '', target: request.url ?? '', headers: request.headers, body };
    requests.push(got);
    answer(got, response, requests.length);
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

/** An answer as Berth gives it. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'request-1', ...headers });
  response.end(JSON.stringify(body));
}

/** A problem as Berth tells it. */
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
    { ...body, request_id: 'request-1', hint: 'Do better.' },
    {
      'content-type': 'application/problem+json',
      ...headers,
    },
  );
}
