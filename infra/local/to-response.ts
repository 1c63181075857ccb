import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface WireResponse {
  status: number;
  /** A header that occurs several times has a list. */
  headers: Record<string, string | string[]>;
  /** A text as such: Node sends it in one piece with the headers. */
  body: Buffer | string;
}

/** What API Gateway's HTTP API sends for a Lambda function's result. */
export function toResponse(result: APIGatewayProxyStructuredResultV2): WireResponse {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const lines = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  const sent = isBase64Encoded ? Buffer.from(body, 'base64') : body;
  return {
    status: statusCode,
    headers: {
      ...Object.fromEntries(lines),
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
      // A 204 has no body, and by RFC 9110 says nothing about the length of one.
      ...(statusCode !== 204 && { 'content-length': String(Buffer.byteLength(sent)) }),
    },
    body: sent,
  };
}
