import type { Failure, Problem } from './types.ts';

/** Who has to act. */
export type Fault = Failure['fault'] | 'connection';

/** A request that failed, with everything that the person in front of the page needs to go on. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  readonly code: string;
  readonly fault: Fault;
  readonly hint: string;
  readonly requestId: string | undefined;

  constructor(facts: {
    message: string;
    status: number;
    code: string;
    fault: Fault;
    hint: string;
    requestId?: string | undefined;
  }) {
    super(facts.message);
    this.status = facts.status;
    this.code = facts.code;
    this.fault = facts.fault;
    this.hint = facts.hint;
    this.requestId = facts.requestId;
  }
}

/** Failures of a provider and its backend: functions/runtime/http maps them to these statuses. */
const PROVIDER_STATUSES: ReadonlySet<number> = new Set([502, 504]);

/** Returns the error of an answer. An answer of another form than a problem document comes from something in between. */
export function toRequestError(status: number, body: unknown): RequestError {
  if (!isProblem(body)) {
    return new RequestError({
      message: `The answer has status ${status} and an unexpected form.`,
      status,
      code: 'unexpected_answer',
      fault: 'platform',
      hint: 'A proxy or another service may have answered. Check the address of this page.',
    });
  }
  const issues = (body.errors ?? []).filter(({ pointer }) => pointer !== '');
  return new RequestError({
    message: [body.detail, ...issues.map(({ pointer, detail }) => `${pointer}: ${detail}`)].join('\n'),
    status,
    code: body.code,
    fault: status < 500 ? 'caller' : PROVIDER_STATUSES.has(status) ? 'provider' : 'platform',
    hint: body.hint,
    requestId: body.request_id,
  });
}

/** Returns the error of a request that got no answer. */
export function unreachable(): RequestError {
  return new RequestError({
    message: 'The control plane does not answer.',
    status: 0,
    code: 'unreachable',
    fault: 'connection',
    hint: 'The console tries again by itself. Tenants keep running while the control plane is away.',
  });
}

export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  return new RequestError({
    message: error instanceof Error ? error.message : String(error),
    status: 0,
    code: 'console_failed',
    fault: 'platform',
    hint: 'Reload the page.',
  });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'hint' in body;
}
