import type { Operation, Problem } from './types.ts';

/** Berth refused the request or failed: the members of its problem document (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: Problem['code'];
  readonly title: string;
  /** The explanation; equal to the message. */
  readonly detail: string;
  /** The next step for the caller. */
  readonly hint: string;
  /** The same request may succeed later. */
  readonly retryable: boolean;
  /** The issues of invalid input. Pointers (RFC 6901) lead into the body, or start with `/path/`, `/query/`, `/headers/`. */
  readonly errors: { pointer: string; detail: string }[];
  /** Identifies the request in the logs of Berth. */
  readonly requestId: string;
  /** The operation that blocks this request until it ends. */
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

/** The endpoint did not answer, or not in time, in any attempt. A mutation may still have taken effect. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly endpoint: string;
  /** The next step; also part of the message. */
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
    ? 'Start the local control plane ("berth dev", or "npm start" in the clone), or give another endpoint.'
    : 'Check the address and the network. On AWS the output Endpoint of the stack is the address.';
}

/** Something other than Berth answered: a proxy, another service, or a gateway that refuses the caller. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  readonly endpoint: string;
  readonly status: number;
  readonly hint: string;

  constructor(endpoint: string, status: number, reason: string) {
    const hint = hints[status] ?? 'Check that the endpoint is the address of a Berth installation, without a path.';
    super(`The answer from ${endpoint} is not from Berth: ${reason}. ${hint}`);
    this.endpoint = endpoint;
    this.status = status;
    this.hint = hint;
  }
}

const hints: Readonly<Record<number, string>> = {
  401: 'Check the token and its expiry.',
  403: 'Check that these credentials permit execute-api:Invoke on this API, and that the clock is right.',
  429: 'Too many requests. Try again later.',
};

/** `timeoutMs` is over. The operation continues. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly operationId: string;
  /** The result of the last read, if there was one. */
  readonly operation: Operation | undefined;

  constructor(operationId: string, timeoutMs: number, operation: Operation | undefined) {
    super(`operation ${operationId} did not end within ${timeoutMs / 1000} s. It continues in the background.`);
    this.operationId = operationId;
    this.operation = operation;
  }
}

/** An option or argument is invalid. Nothing was sent. */
export class ClientUsageError extends Error {
  override readonly name = 'ClientUsageError';
}

/** A request could not be signed, usually for lack of credentials. Nothing was sent. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}
