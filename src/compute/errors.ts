/** Who has to act: the caller, the team that runs Berth, or the operator of the compute provider. */
export type Fault = 'caller' | 'platform' | 'provider';

/** Every code of Berth's errors, which each layer maps. `prefix` begins the message; `hint` tells what to do next. */
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
    hint: 'Register providers under names of lower-case letters, digits and hyphens.',
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
    hint: 'Wait for the operation that the message names, or destroy the tenant, which is always accepted.',
  },
  operation_not_found: {
    prefix: 'operation not found',
    fault: 'caller',
    retryable: false,
    hint: 'Take the id from the Location header of the response that began the operation.',
  },
  orphan_not_found: { prefix: 'orphan not found', fault: 'caller', retryable: false, hint: 'List the orphans.' },
  revision_conflict: {
    prefix: 'revision conflict',
    fault: 'caller',
    retryable: false,
    hint: 'Read the tenant, apply your change to its current specification, and send it with the new ETag.',
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
    hint: 'A newer request for this tenant was accepted before. Send a new request if you still need this one.',
  },
  idempotency_mismatch: {
    prefix: 'idempotency key used for another request',
    fault: 'caller',
    retryable: false,
    hint: 'Use a new key for each new request. Reuse a key only to repeat the same request.',
  },
  operation_cancelled: {
    prefix: 'operation cancelled',
    fault: 'caller',
    retryable: false,
    hint: 'Read the tenant to see what became of it.',
  },
  operation_superseded: {
    prefix: 'operation superseded',
    fault: 'caller',
    retryable: false,
    hint: 'A newer request for the tenant took its place. Follow the latest operation of the tenant.',
  },
  operation_not_cancellable: {
    prefix: 'operation cannot be cancelled',
    fault: 'caller',
    retryable: false,
    hint: 'Read the tenant, and request the change that you need.',
  },
  nothing_to_approve: {
    prefix: 'nothing waits for approval',
    fault: 'caller',
    retryable: false,
    hint: 'Read the operation.',
  },
  resource_conflict: {
    prefix: 'resource conflict',
    fault: 'caller',
    retryable: false,
    hint: 'Free the resource that the message names, or request another one.',
  },
  place_changed: {
    prefix: 'place changed',
    fault: 'platform',
    retryable: false,
    hint: 'Restore the setting that the message names, or register the new place under another provider name.',
  },
  rollout_not_found: { prefix: 'rollout not found', fault: 'caller', retryable: false, hint: 'List the rollouts.' },
  rollout_exists: { prefix: 'rollout exists', fault: 'caller', retryable: false, hint: 'Choose another rollout_id.' },
  rollout_conflict: { prefix: 'not possible now', fault: 'caller', retryable: false, hint: 'Read the rollout.' },
  selection_changed: { prefix: 'selection changed', fault: 'caller', retryable: false, hint: 'Plan it again.' },
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
    hint: 'Correct the cause and update again. The status tells which version runs.',
  },
  destroy_failed: {
    prefix: 'destroy failed',
    fault: 'provider',
    retryable: true,
    hint: 'Destroy the tenant again. Resources that were removed stay removed.',
  },
  stop_failed: {
    prefix: 'stop failed',
    fault: 'provider',
    retryable: true,
    hint: 'Read the message. Berth tries again until the tenant is stopped; start or destroy it to end that.',
  },
  start_failed: {
    prefix: 'start failed',
    fault: 'provider',
    retryable: false,
    hint: 'Read the message and the container logs, correct the cause, and start or update the tenant.',
  },
  tenant_stopped: {
    prefix: 'tenant is stopped',
    fault: 'caller',
    retryable: false,
    hint: 'Start the tenant instead: new containers come up.',
  },
  tenant_not_serving: {
    prefix: 'the desired revision does not serve',
    fault: 'caller',
    retryable: false,
    hint: 'Update the tenant or roll it back. A start tries the desired revision again.',
  },
  container_not_running: { prefix: 'not running', fault: 'caller', retryable: false, hint: 'Read the status.' },
  provider_failed: {
    prefix: 'compute provider failed',
    fault: 'provider',
    retryable: true,
    hint: 'Try again. If the error persists, check the provider that the message names.',
  },
  throttled: { prefix: 'throttled', fault: 'provider', retryable: true, hint: 'Try again later, with growing pauses.' },
  storage_full: {
    prefix: 'the disk is full',
    fault: 'platform',
    retryable: true,
    hint: 'Free space on the disk of the data directory, and try again. Berth keeps running and goes on by itself.',
  },
  timeout: {
    prefix: 'timed out',
    fault: 'platform',
    retryable: true,
    hint: 'The request may still take effect. Read the status before you try again.',
  },
  unsupported: {
    prefix: 'not supported',
    fault: 'caller',
    retryable: false,
    hint: 'Choose a provider that has this capability.',
  },
} as const satisfies Record<string, { prefix: string; fault: Fault; retryable: boolean; hint: string }>;

export type ErrorCode = keyof typeof errorCatalog;

/** `retryable` and `hint` override the catalog. */
export interface ComputeErrorOptions {
  cause?: unknown;
  retryable?: boolean;
  hint?: string;
}

/** Marks the errors of every copy of this module. */
const BRAND = Symbol.for('berth.ComputeError');

/**
 * The base class of every error that Berth throws deliberately. Its message is the prefix of its code, `: ` and `detail`.
 * Callers and logs see the message, so `detail` never contains an env value or a secret.
 *
 * `instanceof` also recognizes errors of another copy of this module, by their code: a provider from elsewhere may import
 * its own copy of Berth.
 */
export abstract class ComputeError extends Error {
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly retryable: boolean;
  readonly hint: string;

  constructor(code: ErrorCode, detail = '', options: ComputeErrorOptions = {}) {
    const { prefix, fault, retryable, hint } = errorCatalog[code];
    super(detail ? `${prefix}: ${detail}` : prefix, 'cause' in options ? { cause: options.cause } : undefined);
    // Derived from the code, because a bundler may shorten the name of the class.
    this.name = `${code.replaceAll(/(?:^|_)(.)/g, (_all, first: string) => first.toUpperCase())}Error`;
    this.code = code;
    this.fault = fault;
    this.retryable = options.retryable ?? retryable;
    this.hint = options.hint ?? hint;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the receiver is the subclass, which has a code of its own.
    return isInstance(this as unknown as { code?: ErrorCode }, value);
  }
}

function isInstance(receiver: { code?: ErrorCode }, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(receiver, value)) return true;
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
  return receiver.code === undefined || (value as ComputeError).code === receiver.code;
}

/** One mistake in an input. `pointer` is an RFC 6901 JSON pointer into the input; an empty one means the whole input. */
export interface Issue {
  pointer: string;
  message: string;
}

/** Returns the class for a code. Its constructor is `(detail?, options?)`. */
function errorOf(code: ErrorCode) {
  return class extends ComputeError {
    static readonly code = code;

    constructor(detail?: string, options?: ComputeErrorOptions) {
      super(code, detail, options);
    }
  };
}

/** Returns the class for a code with a list of issues. A string stands for one issue about the whole input. */
function issuesErrorOf(code: ErrorCode) {
  return class extends ComputeError {
    static readonly code = code;
    readonly issues: readonly Issue[];

    constructor(issues: readonly Issue[] | string, options?: ComputeErrorOptions) {
      const list = typeof issues === 'string' ? [{ pointer: '', message: issues }] : issues;
      super(code, list.map((issue) => issue.message).join('; '), options);
      this.issues = list;
    }
  };
}

/** The specification breaks rules. `issues` has every one of them. */
export class InvalidSpecError extends issuesErrorOf('invalid_spec') {}

/** Parameters of the request, other than the specification, break rules. `issues` has every one of them. */
export class InvalidRequestError extends issuesErrorOf('invalid_request') {}

/** The provider cannot be registered, because its name or its settings are wrong. */
export class InvalidProviderError extends errorOf('invalid_provider') {}

/** No provider is registered under that name. */
export class ProviderNotFoundError extends errorOf('provider_not_found') {}

/** Another provider is registered under that name. */
export class ProviderConflictError extends errorOf('provider_conflict') {}

/** The provider holds no resources of that tenant. */
export class TenantNotFoundError extends errorOf('tenant_not_found') {}

/** The tenant exists with another specification. */
export class TenantExistsError extends errorOf('tenant_exists') {}

/** Another operation on the tenant has not ended yet. `operationId` names it, if known. */
export class OperationInProgressError extends errorOf('operation_in_progress') {
  readonly operationId: string | undefined;

  constructor(detail?: string, options?: ComputeErrorOptions & { operationId?: string }) {
    super(detail, options);
    this.operationId = options?.operationId;
  }
}

/** No operation, or no orphan of that provider, has that id. */
export class OperationNotFoundError extends errorOf('operation_not_found') {}
export class OrphanNotFoundError extends errorOf('orphan_not_found') {}

/** The tenant is at another revision than the caller expected. */
export class RevisionConflictError extends errorOf('revision_conflict') {}

/** The tenant has no revision of that number. */
export class RevisionNotFoundError extends errorOf('revision_not_found') {}

/** The request is older than the last one that was accepted for the tenant. */
export class StaleRequestError extends errorOf('stale_request') {}

/** The idempotency key was used for another request. */
export class IdempotencyMismatchError extends errorOf('idempotency_mismatch') {}

/** A destroy, a stop or its caller ended the operation before it reached its goal. */
export class OperationCancelledError extends errorOf('operation_cancelled') {}

/** The operation does not wait for approval. */
export class NothingToApproveError extends errorOf('nothing_to_approve') {}

/** A newer update or rollback took the place of the operation. */
export class OperationSupersededError extends errorOf('operation_superseded') {}

/** The operation has ended, or cannot go back. The hint says what to do instead. */
export class OperationNotCancellableError extends errorOf('operation_not_cancellable') {}

/** A resource that the specification requires, such as a port or a name, belongs to something else. */
export class ResourceConflictError extends errorOf('resource_conflict') {}

/** The provider's settings lead to another place than the one where the tenant is. No provider was called. */
export class PlaceChangedError extends errorOf('place_changed') {}

/** No rollout has that id. */
export class RolloutNotFoundError extends errorOf('rollout_not_found') {}

/** The id belongs to another rollout. */
export class RolloutExistsError extends errorOf('rollout_exists') {}

/** The rollout, or one of its tenants, is not in a state for the command. The hint says what is possible. */
export class RolloutConflictError extends errorOf('rollout_conflict') {}

/** The tenants are not those of the plan, or the token is of another plan. */
export class SelectionChangedError extends errorOf('selection_changed') {}

/** The provider could not start the tenant. */
export class ProvisionFailedError extends errorOf('provision_failed') {}

/** The provider could not start the new version. The old version keeps serving. */
export class UpdateFailedError extends errorOf('update_failed') {}

/** The provider could not remove all of the tenant. */
export class DestroyFailedError extends errorOf('destroy_failed') {}

/** The provider could not stop all of the tenant. */
export class StopFailedError extends errorOf('stop_failed') {}

/** A stopped tenant did not come up again. */
export class StartFailedError extends errorOf('start_failed') {}

/** The tenant is stopped, and the request needs one that runs. */
export class TenantStoppedError extends errorOf('tenant_stopped') {}

/** The request needs a tenant whose desired revision serves. */
export class TenantNotServingError extends errorOf('tenant_not_serving') {}

/** The request needs a container that runs. */
export class ContainerNotRunningError extends errorOf('container_not_running') {}

/** The provider's backend failed, or the provider's answer breaks the contract. */
export class ProviderFailedError extends errorOf('provider_failed') {}

/** The provider's backend refuses calls at this rate. `retryAfterMs` is the pause it asks for, in milliseconds, if any. */
export class ThrottledError extends errorOf('throttled') {
  readonly retryAfterMs: number | undefined;

  constructor(detail?: string, options?: ComputeErrorOptions & { retryAfterMs?: number | undefined }) {
    super(detail, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The disk of this machine has no room for what has to be recorded. Nothing of it was. */
export class StorageFullError extends errorOf('storage_full') {}

/** The work did not end before its deadline. */
export class TimeoutError extends errorOf('timeout') {}

/** The provider lacks a capability that the request needs. */
export class UnsupportedError extends errorOf('unsupported') {}

/** Returns a path such as `['containers', 0, 'name']` as an RFC 6901 pointer: `/containers/0/name`. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Returns the message of an error. Of any other thrown value returns only its type, because it may hold a secret. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : `a thrown ${thrown === null ? 'null' : typeof thrown}`;
}
