/** Who has to act: the one who asked, the team that runs Berth, or the compute provider behind it. */
export type Fault = 'caller' | 'platform' | 'provider';

/**
 * Every code an error of Berth can carry: a closed set, so that each layer can map it exhaustively.
 * `hint` is the next thing to do, written for the person who reads the error.
 */
export const errorCatalog = {
  invalid_spec: {
    prefix: 'invalid compute specification',
    fault: 'caller',
    retryable: false,
    hint: 'Correct the fields that the errors point at and send the specification again.',
  },
  invalid_request: {
    prefix: 'invalid request',
    fault: 'caller',
    retryable: false,
    hint: 'Correct the parameters that the errors point at and send the request again.',
  },
  invalid_provider: {
    prefix: 'invalid compute provider',
    fault: 'platform',
    retryable: false,
    hint: 'Register providers under lower-case names of letters, digits and hyphens.',
  },
  provider_not_found: {
    prefix: 'compute provider not found',
    fault: 'caller',
    retryable: false,
    hint: 'Use one of the registered providers, or register this one in BERTH_PROVIDERS.',
  },
  provider_conflict: {
    prefix: 'provider already registered',
    fault: 'platform',
    retryable: false,
    hint: 'Register the second provider under another name.',
  },
  tenant_not_found: {
    prefix: 'tenant compute resources not found',
    fault: 'caller',
    retryable: false,
    hint: 'Check the tenant id and the provider, or provision the tenant first.',
  },
  tenant_exists: {
    prefix: 'tenant already exists',
    fault: 'caller',
    retryable: false,
    hint: 'Update the tenant to change its specification, or choose another tenant id.',
  },
  operation_in_progress: {
    prefix: 'operation in progress',
    fault: 'caller',
    retryable: true,
    hint: 'Wait for the operation that the message names to end, or destroy the tenant, which is always accepted.',
  },
  operation_not_found: {
    prefix: 'operation not found',
    fault: 'caller',
    retryable: false,
    hint: 'Take the id from the Location header of the answer that began the operation.',
  },
  revision_conflict: {
    prefix: 'revision conflict',
    fault: 'caller',
    retryable: false,
    hint: 'Read the tenant, apply your change to what it is now, and send it with the new ETag.',
  },
  revision_not_found: {
    prefix: 'revision not found',
    fault: 'caller',
    retryable: false,
    hint: 'List the revisions of the tenant and choose one of them.',
  },
  stale_request: {
    prefix: 'stale request',
    fault: 'caller',
    retryable: false,
    hint: 'Something newer was asked for already. Send a new request if this is still wanted.',
  },
  idempotency_mismatch: {
    prefix: 'idempotency key used for another request',
    fault: 'caller',
    retryable: false,
    hint: 'Use a new key for each new request, and the same key only to repeat one.',
  },
  operation_cancelled: {
    prefix: 'operation cancelled',
    fault: 'caller',
    retryable: false,
    hint: 'A destroy took its place. Provision the tenant again if it is still wanted.',
  },
  resource_conflict: {
    prefix: 'resource conflict',
    fault: 'caller',
    retryable: false,
    hint: 'Free the resource that the message names, or ask for another one.',
  },
  provision_failed: {
    prefix: 'provisioning failed',
    fault: 'provider',
    retryable: false,
    hint: 'Read the message and the container logs, correct the cause, and provision or destroy the tenant.',
  },
  update_failed: {
    prefix: 'update failed',
    fault: 'provider',
    retryable: false,
    hint: 'The previous version was left running. Correct the cause and update again.',
  },
  destroy_failed: {
    prefix: 'destroy failed',
    fault: 'provider',
    retryable: true,
    hint: 'Destroy the tenant again; what is already gone stays gone.',
  },
  provider_failed: {
    prefix: 'compute provider failed',
    fault: 'provider',
    retryable: true,
    hint: 'Try again; if it goes on, look at the provider named in the message.',
  },
  throttled: {
    prefix: 'throttled',
    fault: 'provider',
    retryable: true,
    hint: 'Try again later, with growing pauses.',
  },
  timeout: {
    prefix: 'timed out',
    fault: 'platform',
    retryable: true,
    hint: 'The request may still take effect: read the status before trying again.',
  },
  unsupported: {
    prefix: 'not supported',
    fault: 'caller',
    retryable: false,
    hint: 'Choose a provider that has this capability.',
  },
} as const satisfies Record<string, { prefix: string; fault: Fault; retryable: boolean; hint: string }>;

export type ErrorCode = keyof typeof errorCatalog;

export interface ComputeErrorOptions {
  cause?: unknown;
  /** Overrides what the catalog says of this code, where the one who throws knows better. */
  retryable?: boolean;
  /** Replaces the catalog's next step. */
  hint?: string;
}

/**
 * The base of every error that Berth throws on purpose. Its message is the code's fixed beginning, then `: ` and `detail`.
 * Messages are shown to callers and written to logs, so `detail` never contains an env value or a secret.
 */
export abstract class ComputeError extends Error {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly retryable: boolean;
  readonly hint: string;

  constructor(code: ErrorCode, detail = '', options: ComputeErrorOptions = {}) {
    const { prefix, fault, retryable, hint } = errorCatalog[code];
    super(detail ? `${prefix}: ${detail}` : prefix, 'cause' in options ? { cause: options.cause } : undefined);
    // `TenantNotFoundError`, also where a bundler gave the class a shorter name.
    this.name = `${code.replaceAll(/(?:^|_)(.)/g, (_all, first: string) => first.toUpperCase())}Error`;
    this.code = code;
    this.fault = fault;
    this.retryable = options.retryable ?? retryable;
    this.hint = options.hint ?? hint;
  }
}

/** One thing wrong with an input: `pointer` is an RFC 6901 JSON pointer into it (empty for the whole). */
export interface Issue {
  pointer: string;
  message: string;
}

/** A class for one code: `new SomeError(detail?, options?)`. */
function errorOf(code: ErrorCode) {
  return class extends ComputeError {
    constructor(detail?: string, options?: ComputeErrorOptions) {
      super(code, detail, options);
    }
  };
}

/** A class for one code whose detail is a list of issues; a string stands for one issue about the whole input. */
function issuesErrorOf(code: ErrorCode) {
  return class extends ComputeError {
    readonly issues: readonly Issue[];

    constructor(issues: readonly Issue[] | string, options?: ComputeErrorOptions) {
      const list = typeof issues === 'string' ? [{ pointer: '', message: issues }] : issues;
      super(code, list.map((issue) => issue.message).join('; '), options);
      this.issues = list;
    }
  };
}

/** A specification that breaks a rule. Carries every issue found, not just the first. */
export class InvalidSpecError extends issuesErrorOf('invalid_spec') {}

/** A request parameter (not the specification) that breaks a rule. Carries every issue found. */
export class InvalidRequestError extends issuesErrorOf('invalid_request') {}

/** A provider that cannot be registered as it is. */
export class InvalidProviderError extends errorOf('invalid_provider') {}

/** No provider of that name is registered. */
export class ProviderNotFoundError extends errorOf('provider_not_found') {}

/** A provider of that name is registered already. */
export class ProviderConflictError extends errorOf('provider_conflict') {}

/** The provider holds nothing for that tenant. */
export class TenantNotFoundError extends errorOf('tenant_not_found') {}

/** The tenant is there already, with another specification. */
export class TenantExistsError extends errorOf('tenant_exists') {}

/** Another operation on the tenant has not ended yet: `operationId`, where it is known. */
export class OperationInProgressError extends errorOf('operation_in_progress') {
  readonly operationId: string | undefined;

  constructor(detail?: string, options?: ComputeErrorOptions & { operationId?: string }) {
    super(detail, options);
    this.operationId = options?.operationId;
  }
}

/** There is no operation of that id. */
export class OperationNotFoundError extends errorOf('operation_not_found') {}

/** The tenant is not at the revision that the caller believed it to be at. */
export class RevisionConflictError extends errorOf('revision_conflict') {}

/** The tenant has no such revision. */
export class RevisionNotFoundError extends errorOf('revision_not_found') {}

/** The request is older than what the tenant was last asked for. */
export class StaleRequestError extends errorOf('stale_request') {}

/** The idempotency key came before, with another request. */
export class IdempotencyMismatchError extends errorOf('idempotency_mismatch') {}

/** The operation ended because a destroy took its place. */
export class OperationCancelledError extends errorOf('operation_cancelled') {}

/** Something that the specification asks for (a port, a name) is in other hands. */
export class ResourceConflictError extends errorOf('resource_conflict') {}

/** The provider could not bring the tenant up. */
export class ProvisionFailedError extends errorOf('provision_failed') {}

/** The provider could not bring the new version up; the old one still serves. */
export class UpdateFailedError extends errorOf('update_failed') {}

/** The provider could not remove the tenant. */
export class DestroyFailedError extends errorOf('destroy_failed') {}

/** The provider's backend answered with a fault, or with something that makes no sense. */
export class ProviderFailedError extends errorOf('provider_failed') {}

/** The provider's backend asked for fewer calls: `retryAfterMs` from now, where it says when the next is welcome. */
export class ThrottledError extends errorOf('throttled') {
  readonly retryAfterMs: number | undefined;

  constructor(detail?: string, options?: ComputeErrorOptions & { retryAfterMs?: number | undefined }) {
    super(detail, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The work did not end within the time it was given. */
export class TimeoutError extends errorOf('timeout') {}

/** The provider lacks a capability that the request needs. */
export class UnsupportedError extends errorOf('unsupported') {}

/** Turns the path of an issue (`['containers', 0, 'name']`) into an RFC 6901 pointer (`/containers/0/name`). */
export function toPointer(path: readonly PropertyKey[]): string {
  let pointer = '';
  for (const segment of path) pointer += '/' + escapeSegment(String(segment));
  return pointer;
}

function escapeSegment(segment: string): string {
  return /[~/]/.test(segment) ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment;
}

/** The message of anything that can be thrown, errors or not. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : `a thrown ${thrown === null ? 'null' : typeof thrown}`;
}
