import {
  ComputeError,
  errorCatalog,
  type Issue,
  OperationInProgressError,
  ThrottledError,
} from '../../../src/compute/errors.ts';
import type { Answer } from './answer.ts';
import { HttpError, httpErrorCatalog } from './http-error.ts';
import { httpStatus } from './http-status.ts';

/** The catalog of all error codes: those of the core and those of HTTP. */
export const problemCatalog = { ...errorCatalog, ...httpErrorCatalog };

export type ProblemCode = keyof typeof httpStatus;

/** Problem details (RFC 9457) with the members of Berth, which `functions/openapi/problem.ts` describes. */
export interface Problem {
  type: `urn:berth:problem:${string}`;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  retryable: boolean;
  request_id: string;
  hint: string;
  operation_id?: string | undefined;
  errors?: { pointer: string; detail: string }[] | undefined;
}

/** The Retry-After of an error that names no pause, and the longest one that is sent. */
const RETRY_AFTER_SECONDS = 2;
const MAX_RETRY_AFTER_SECONDS = 300;

/** Returns the answer to anything thrown. An unknown error becomes `internal`, without any detail of it. */
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

/** Recognizes `InvalidSpecError`, `InvalidRequestError`, and an operation that failed with one of them. */
function isAboutInput(error: Error): error is Error & { issues: readonly Issue[] } {
  return 'issues' in error && Array.isArray(error.issues);
}
