import type { AnswerHeader, RoutedRow } from '../operations/row.ts';
import { httpStatus } from '../runtime/http/http-status.ts';
import { type ProblemCode, problemCatalog } from '../runtime/http/problem.ts';
import { refTo } from './components.ts';
import { type Example, examplesOf } from './examples.ts';
import { headersOf } from './headers.ts';

/** Problems that the host or the handler chain can report for any request. */
const ofEveryRequest = [
  'unauthorized',
  'forbidden_caller',
  'forbidden_origin',
  'request_timeout',
  'payload_too_large',
  'misdirected_request',
  'invalid_request',
  'headers_too_large',
  'internal',
] as const satisfies readonly ProblemCode[];

/** Returns every problem code that an operation can report, its own and those of its path and its body. */
export function problemCodesOf({ problems, route, body }: RoutedRow): ProblemCode[] {
  return [
    ...ofEveryRequest,
    ...(route.path.includes('{') ? (['bad_request'] as const) : []),
    ...(body ? (['malformed_json', 'unsupported_media_type'] as const) : []),
    ...problems,
  ];
}

/** Groups problems by status: a response for a status allows exactly the codes of that status. */
export function problemResponses(codes: readonly ProblemCode[], own: readonly Example[]) {
  const byStatus = Map.groupBy([...new Set(codes)].sort(), (code) => httpStatus[code]);
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    statuses.map(([status, codes]) => {
      const [code, another] = codes;
      const recorded = examplesOf(status, own);
      const isShared = code && !another && !recorded;
      return [status, isShared ? { $ref: `#/components/responses/${code}` } : problemOf(status, codes, recorded)];
    }),
  );
}

/** Returns one response for each code, for operations where it is the only code of its status. */
export function sharedProblems() {
  const codes = Object.keys(httpStatus) as ProblemCode[];
  return Object.fromEntries(codes.map((code) => [code, problemOf(httpStatus[code], [code], false)]));
}

function problemOf(status: number, codes: readonly ProblemCode[], recorded: ReturnType<typeof examplesOf>) {
  const properties = { status: { const: status }, code: { enum: codes } };
  const headers: AnswerHeader[] = [
    'X-Request-Id',
    ...(status === 429 || codes.includes('operation_in_progress') ? (['Retry-After'] as const) : []),
    ...(codes.includes('operation_in_progress') ? (['Location'] as const) : []),
  ];
  const schema = { allOf: [refTo('Problem'), { properties }] };
  return {
    description: codes.map((code) => `\`${code}\`: ${problemCatalog[code].prefix}.`).join(' '),
    headers: headersOf(headers),
    content: { 'application/problem+json': { schema, ...recorded } },
  };
}
