import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ProviderFailedError } from '../../../src/compute/errors.ts';

/** The answer of an operation: a status, a value that becomes JSON, and further headers. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Lambda allows 6 MB. No correct answer of Berth comes near this limit, so a larger one is a fault of the provider. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** Returns an answer as API Gateway expects it. Throws `ProviderFailedError` for a body over `MAX_ANSWER_BYTES`. */
export function toResult({ status, body, headers }: Answer, requestId: string): APIGatewayProxyStructuredResultV2 {
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined && isLonger(text, MAX_ANSWER_BYTES)) {
    throw new ProviderFailedError(`the answer would be larger than ${MAX_ANSWER_BYTES / 1024} KB`);
  }
  return {
    statusCode: status,
    headers: {
      ...(text !== undefined && { 'content-type': 'application/json' }),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
      ...headers,
    },
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
  };
}

/** A UTF-16 unit takes at most three bytes, so most texts need not be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}
