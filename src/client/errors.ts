import type { Operation, Problem } from './types.ts';

/** Berth refused a request, or could not fulfil it: the problem document, as an error. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: Problem['code'];
  readonly title: string;
  /** What is wrong, for people; also the message. */
  readonly detail: string;
  /** What to do next. */
  readonly hint: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** For invalid input: RFC 6901 pointers into the body, or `/path/…`, `/query/…` and `/headers/…`. */
  readonly errors: { pointer: string; detail: string }[];
  /** Names the request in the logs of Berth. */
  readonly requestId: string;
  /** The operation that has to end first. */
  readonly operationId: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.hint = problem.hint;
    this.retryable = problem.retryable;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id;
    this.operationId = problem.operation_id;
  }
}

/** Nothing answers at the endpoint, or nothing did in time, however often it was tried. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly endpoint: string;
  /** What to do next; the message says it too. */
  readonly hint: string;

  constructor(endpoint: string, reason: string, options?: ErrorOptions) {
    const hint = hintFor(endpoint);
    super(`Berth cannot be reached at ${endpoint}: ${reason}. ${hint}`, options);
    this.endpoint = endpoint;
    this.hint = hint;
  }
}

function hintFor(endpoint: string): string {
  const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|\/|$)/.test(endpoint);
  return isLocal
    ? 'Start the local control plane ("berth dev", or "npm start" in the clone), or name another endpoint.'
    : 'Check the address and the network. The stack on AWS has the address in its output Endpoint.';
}

/** Something answered, but not as Berth does: a proxy, another service, a gateway that refuses who calls. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly endpoint: string;
  readonly status: number;
  readonly hint: string;

  constructor(endpoint: string, status: number, reason: string) {
    const hint = hints[status] ?? 'Check that the endpoint is that of a Berth installation, without a path after it.';
    super(`The answer from ${endpoint} is not one of Berth: ${reason}. ${hint}`);
    this.endpoint = endpoint;
    this.status = status;
    this.hint = hint;
  }
}

const hints: Readonly<Record<number, string>> = {
  401: 'Check the token, and that it has not expired.',
  403: 'Check that these credentials may call execute-api:Invoke on this API, and that the clock is right.',
  429: 'Too many requests at once; try again in a while.',
};

/** The time that a caller wanted to wait is over, and the operation goes on. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly operationId: string;
  /** As it was last seen, if it was. */
  readonly operation: Operation | undefined;

  constructor(operationId: string, timeoutMs: number, operation: Operation | undefined) {
    super(`operation ${operationId} has not ended within ${timeoutMs / 1000} s; it goes on without being waited for`);
    this.operationId = operationId;
    this.operation = operation;
  }
}

/** The options or arguments make no request that could be sent. Nothing was sent. */
export class ClientUsageError extends Error {
  override readonly name = 'ClientUsageError';
}

/** A request could not be signed, mostly because there are no credentials. Nothing was sent. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}
