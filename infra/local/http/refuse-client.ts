import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { toResult } from '../../../functions/runtime/http/answer.ts';
import { HttpError, type HttpErrorCode } from '../../../functions/runtime/http/http-error.ts';
import { toProblem } from '../../../functions/runtime/http/problem.ts';
import { toResponse } from './to-response.ts';

const codes: Readonly<Record<string, HttpErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** How long the socket stays for a caller that does not close its own half. Shorter, an answer could be lost. */
const LINGER_MS = 500;

/** Sends a problem document for bytes that the HTTP parser refused, and destroys the connection half a second later. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const problem = toProblem(new HttpError(codes[error.code ?? ''] ?? 'bad_request'), requestId);
  const { status, headers, body } = toResponse(toResult(problem, requestId));
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  // The caller may keep its half of the connection open for ever. It gets the time to read the answer, and no more.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
