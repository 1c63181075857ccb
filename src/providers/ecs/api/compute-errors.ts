import {
  ComputeError,
  type ComputeErrorOptions,
  DestroyFailedError,
  ProviderFailedError,
  ProvisionFailedError,
  ThrottledError,
  UpdateFailedError,
} from '../../../compute/errors.ts';
import { isExpired, isFromAws, isThrottled, isUnavailable, nameOf, retryAfter, textOf } from './aws-error.ts';
import { diagnose } from './diagnosis.ts';

/** What was being done when ECS refused. */
export type Purpose = 'provision' | 'update' | 'destroy' | 'read';

const failures = {
  provision: ProvisionFailedError,
  update: UpdateFailedError,
  destroy: DestroyFailedError,
  read: ProviderFailedError,
} as const;

const MAX_TEXT = 1000;

/**
 * An error of the SDK in the words of the contract: what ECS said, and what to do about it. `secrets` are texts that ECS
 * may have quoted from the request and that nobody is to read.
 */
export function toComputeError(error: unknown, doing: Purpose, secrets: readonly string[] = []): unknown {
  if (error instanceof ComputeError || !isFromAws(error)) return error;
  const detail = describe(error, secrets);
  if (isThrottled(error)) {
    return new ThrottledError(`by ECS: ${detail}`, { cause: error, retryAfterMs: retryAfter(error) });
  }
  if (isUnavailable(error))
    return new ProviderFailedError(`ECS cannot be reached or is out of order: ${detail}`, { cause: error });
  if (isExpired(error)) {
    const hint = 'Try again: the next call gets new credentials.';
    return new ProviderFailedError(`the credentials for ECS ended: ${detail}`, { cause: error, hint });
  }
  const { summary, hint, retryable } = diagnose(`${nameOf(error)}: ${textOf(error)}`);
  const options: ComputeErrorOptions = { cause: error, retryable: retryable ?? false, ...(hint && { hint }) };
  return new failures[doing](summary ? `${summary} (${detail})` : `ECS refused: ${detail}`, options);
}

function describe(error: unknown, secrets: readonly string[]): string {
  const message = `${nameOf(error)}: ${textOf(error)}`.replace(/(?<![.\s])[.\s]+$/, '');
  return conceal(message, secrets).slice(0, MAX_TEXT);
}

/** Short texts are left: they are in every message, and give nothing away. */
function conceal(message: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message);
}
