import type { IncomingMessage } from 'node:http';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';

/** API Gateway's limit: a larger request never reaches a function. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * Reads the body of a request. Throws `HttpError` beyond the limit, after it has read and dropped the rest: a caller that
 * writes before it reads gets the 413 and not a broken connection. The server's request timeout limits how long that takes.
 * Without `keeps` it drops everything and returns nothing: the request is refused anyway.
 */
export async function readBytes(request: IncomingMessage, keeps = true): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  // RFC 9112, section 6.3: without either header there is no body.
  if (length === undefined && encoding === undefined) return EMPTY;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (keeps && size <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_REQUEST_BYTES) {
    throw new HttpError('payload_too_large', `the body must have at most ${MAX_REQUEST_BYTES / 1024 / 1024} MB`);
  }
  return Buffer.concat(chunks);
}
