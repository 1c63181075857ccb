/** Headers of requests that mean something to Berth, beside those of every HTTP request. */
const requestHeaders = {
  'Idempotency-Key': {
    description:
      'Makes repeating safe: for 24 hours, the same request of the same caller with the same key is answered as the first time.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  },
  'If-Match': {
    description:
      'The ETag of the tenant that the change was made to, such as "3"; if it has another one by now, the answer is 412.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'With no-cache, the provider is asked anew; without it, the answer may be a few seconds old.',
    schema: { type: 'string' },
  },
} as const;
export type RequestHeader = keyof typeof requestHeaders;

/** Headers of answers. */
export const answerHeaders = {
  'X-Request-Id': {
    description: 'Names this request in the logs.',
    schema: { type: 'string' },
    required: true,
  },
  ETag: {
    description: 'The desired revision of the tenant, for If-Match.',
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
  },
  Location: {
    description: 'The path of the operation, to follow it.',
    schema: { type: 'string', pattern: '^/v1/operations/' },
  },
  Age: {
    description: 'How many seconds old the answer is.',
    schema: { type: 'integer', minimum: 0 },
    required: true,
  },
  'Retry-After': {
    description: 'How many seconds to wait before trying again.',
    schema: { type: 'integer', minimum: 0 },
  },
} as const;
export type AnswerHeader = keyof typeof answerHeaders;

/** Headers of an answer, by reference. */
export function headersOf(names: readonly AnswerHeader[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The headers of requests, to be referred to. */
export function headerParameters() {
  const entries = Object.entries(requestHeaders);
  return Object.fromEntries(
    entries.map(([name, header]) => [name, { name, in: 'header', required: false, ...header }]),
  );
}
