import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ProviderFailedError } from '../../../src/compute/errors.ts';

/** What an operation answers: a status, a value that becomes JSON, and headers of its own. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Lambda could carry 6 MB, but no answer of Berth has a reason to; what is larger is a provider out of its mind. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** An answer as API Gateway expects it. */
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

/** A character has at most three bytes for each of its units: most texts need not be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}
