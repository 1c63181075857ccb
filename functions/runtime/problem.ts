import * as z from 'zod';
import { ComputeError, errorCatalog, type Issue, OperationInProgressError, ThrottledError } from '../../src/index.ts';
import type { Answer } from './answer.ts';
import { HttpError, httpErrorCatalog } from './http-error.ts';
import { httpStatus } from './http-status.ts';

/** What is said of every code, whichever layer it comes from. */
export const problemCatalog = { ...errorCatalog, ...httpErrorCatalog };

export type ProblemCode = keyof typeof httpStatus;

/** An error as RFC 9457 writes it, with the members that Berth adds. */
export const Problem = z.object({
  /** A URN, not a web address: Berth is installed in many places and owns no host, and an address promises a page. */
  type: z.templateLiteral(['urn:berth:problem:', z.string()]).meta({
    description: 'Names the kind of problem, once and for all: urn:berth:problem: and the code',
    examples: ['urn:berth:problem:tenant_not_found'],
  }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(httpStatus) as ProblemCode[]),
  retryable: z.boolean().describe('Whether the same request may succeed later'),
  request_id: z.string(),
  hint: z.string().describe('What to do next'),
  operation_id: z.string().optional().describe('The operation that has to end first'),
  errors: z
    .array(z.object({ pointer: z.string(), detail: z.string() }))
    .optional()
    .describe('For invalid input: where it is wrong, as RFC 6901 pointers into the body, or /path/… and /query/…'),
});
export type Problem = z.output<typeof Problem>;

/** Seconds that a throttled caller is asked to wait, where nobody knows better; and the most that they are asked to. */
const RETRY_AFTER_SECONDS = 2;
const MAX_RETRY_AFTER_SECONDS = 300;

/** The answer to anything that was thrown. What is not an error of Berth's own says nothing but that it happened. */
export function toProblem(thrown: unknown, requestId: string): Answer & { body: Problem } {
  const known = thrown instanceof ComputeError || thrown instanceof HttpError;
  const error = known ? thrown : new HttpError('internal', 'the request could not be served');
  const { code, message, retryable, hint } = error;
  const status = httpStatus[code];
  const running = error instanceof OperationInProgressError ? error.operationId : undefined;
  const body: Problem = {
    type: `urn:berth:problem:${code}`,
    title: problemCatalog[code].prefix,
    status,
    detail: message,
    code,
    retryable,
    request_id: requestId,
    hint,
    ...(running && { operation_id: running }),
    ...(isAboutInput(error) && {
      errors: error.issues.map((issue) => ({ pointer: issue.pointer, detail: issue.message })),
    }),
  };
  const headers = {
    'content-type': 'application/problem+json',
    ...((status === 429 || error instanceof OperationInProgressError) && {
      'retry-after': String(retryAfter(error)),
    }),
    ...(running && { location: `/v1/operations/${running}` }),
    ...(error instanceof HttpError && error.headers),
  };
  return { status, body, headers };
}

function retryAfter(error: Error): number {
  const asked = error instanceof ThrottledError ? Math.ceil((error.retryAfterMs ?? 0) / 1000) : 0;
  return asked > 0 ? Math.min(asked, MAX_RETRY_AFTER_SECONDS) : RETRY_AFTER_SECONDS;
}

/** `InvalidSpecError` and `InvalidRequestError`, and an operation that failed with one of them. */
function isAboutInput(error: Error): error is Error & { issues: readonly Issue[] } {
  return 'issues' in error && Array.isArray(error.issues);
}
