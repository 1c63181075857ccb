import type { AnswerHeader, RequestHeader } from '../operations/row.ts';

const requestHeaders = {
  'Idempotency-Key': {
    description:
      'Makes retries safe. For 24 hours, the same request of the same caller under the same key gets the first answer.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  'If-Match': {
    description:
      'The ETag of the tenant that the change is based on, such as "3". If the tenant has another one, the answer is 412.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'no-cache queries the provider. Otherwise the answer may be a few seconds old.',
    schema: { type: 'string' },
  },
} as const satisfies Record<RequestHeader, object>;

export const answerHeaders = {
  'X-Request-Id': {
    description: 'Identifies this request in the logs.',
    schema: { type: 'string' },
    required: true,
  },
  ETag: {
    description: 'The desired revision of the tenant, for If-Match.',
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
  },
  Location: {
    description: 'The path of the operation.',
    schema: { type: 'string', pattern: '^/v1/operations/' },
  },
  Age: {
    description: 'The age of the answer in seconds.',
    schema: { type: 'integer', minimum: 0 },
    required: true,
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 0 },
  },
} as const satisfies Record<AnswerHeader, object>;

/** Returns references to headers of an answer. */
export function headersOf(names: readonly AnswerHeader[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Returns the request headers as OpenAPI parameters. */
export function headerParameters() {
  const entries = Object.entries(requestHeaders);
  return Object.fromEntries(
    entries.map(([name, header]) => [name, { name, in: 'header', required: false, ...header }]),
  );
}
