import { httpStatus } from '../runtime/http/http-status.ts';
import { type ProblemCode, problemCatalog } from '../runtime/http/problem.ts';
import { refTo } from './components.ts';
import { examplesOf } from './example-objects.ts';
import type { Example } from './examples.ts';
import { type AnswerHeader, headersOf } from './headers.ts';

/** The problems by their status: each is a problem with one of the codes that have that status. */
export function problemsOf(codes: readonly ProblemCode[], those: readonly Example[]) {
  const byStatus = Map.groupBy([...new Set(codes)].sort(), (code) => httpStatus[code]);
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    statuses.map(([status, codes]) => {
      const [code, another] = codes;
      const answered = examplesOf(status, those);
      const isShared = code && !another && !answered;
      return [status, isShared ? { $ref: `#/components/responses/${code}` } : problemOf(status, codes, answered)];
    }),
  );
}

/** What stands alone under its status, for all operations to refer to. */
export function sharedProblems() {
  const codes = Object.keys(httpStatus) as ProblemCode[];
  return Object.fromEntries(codes.map((code) => [code, problemOf(httpStatus[code], [code], false)]));
}

function problemOf(status: number, codes: readonly ProblemCode[], answered: ReturnType<typeof examplesOf>) {
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
    content: { 'application/problem+json': { schema, ...answered } },
  };
}
