import type { IncomingMessage } from 'node:http';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';

/** As API Gateway: what is larger never reaches a function. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * The body of a request. What exceeds the limit is read but not kept, so that the caller, who writes before reading,
 * gets the 413 instead of a broken connection; the server's request timeout bounds how long that can take.
 */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  // RFC 9112, section 6.3: without either of them there is none.
  if (length === undefined && encoding === undefined) return NOTHING;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_REQUEST_BYTES) {
    throw new HttpError('payload_too_large', `the body must have at most ${MAX_REQUEST_BYTES / 1024 / 1024} MB`);
  }
  return Buffer.concat(chunks);
}
