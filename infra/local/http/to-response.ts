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
  const lines: WireResponse['headers'] = {};
  for (const name of Object.keys(headers)) lines[name.toLowerCase()] = String(headers[name]);
  if (cookies.length > 0) lines['set-cookie'] = cookies;
  const sent = isBase64Encoded ? Buffer.from(body, 'base64') : body;
  // A 204 has no body, and by RFC 9110 says nothing about the length of one.
  if (statusCode !== 204) lines['content-length'] = String(Buffer.byteLength(sent));
  return { status: statusCode, headers: lines, body: sent };
}
