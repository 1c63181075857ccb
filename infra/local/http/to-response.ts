import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface WireResponse {
  status: number;
  /** A header that occurs several times has an array. */
  headers: Record<string, string | string[]>;
  /** A text stays one: Node sends it in one packet with the headers. */
  body: Buffer | string;
}

/** Returns the response that API Gateway's HTTP API sends for a Lambda function's result. */
export function toResponse(result: APIGatewayProxyStructuredResultV2): WireResponse {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const sentHeaders: WireResponse['headers'] = {};
  for (const name of Object.keys(headers)) sentHeaders[name.toLowerCase()] = String(headers[name]);
  if (cookies.length > 0) sentHeaders['set-cookie'] = cookies;
  const sent = isBase64Encoded ? Buffer.from(body, 'base64') : body;
  // RFC 9110: a 204 has neither a body nor a content-length.
  if (statusCode !== 204) sentHeaders['content-length'] = String(Buffer.byteLength(sent));
  return { status: statusCode, headers: sentHeaders, body: sent };
}
