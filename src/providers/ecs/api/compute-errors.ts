import {
  ComputeError,
  type ComputeErrorOptions,
  DestroyFailedError,
  ProviderFailedError,
  ProvisionFailedError,
  StopFailedError,
  ThrottledError,
  UpdateFailedError,
} from '../../../compute/errors.ts';
import { isExpired, isFromAws, isThrottled, isUnavailable, nameOf, retryAfter, textOf } from './aws-error.ts';
import { diagnose } from './diagnosis.ts';

/** The error class of a refusal, by the call that ECS refused. */
const failures = {
  provision: ProvisionFailedError,
  update: UpdateFailedError,
  destroy: DestroyFailedError,
  stop: StopFailedError,
  read: ProviderFailedError,
} as const;

/** The kinds of calls of the provider. */
export type CallKind = keyof typeof failures;

const MAX_TEXT = 1000;

/**
 * Translates an error of the SDK into a `ComputeError` that quotes AWS and says what to do. Returns other errors unchanged.
 * `secrets` are values that AWS may quote from the request; they are redacted.
 */
export function toComputeError(error: unknown, call: CallKind, secrets: readonly string[] = []): unknown {
  if (error instanceof ComputeError || !isFromAws(error)) return error;
  const quote = quoteOf(error, secrets);
  if (isThrottled(error)) {
    return new ThrottledError(`by ECS: ${quote}`, { cause: error, retryAfterMs: retryAfter(error) });
  }
  if (isUnavailable(error)) return new ProviderFailedError(`ECS is unavailable: ${quote}`, { cause: error });
  if (isExpired(error)) {
    const hint = 'Try again: the next call gets new credentials.';
    return new ProviderFailedError(`the credentials for ECS expired: ${quote}`, { cause: error, hint });
  }
  const { summary, hint, retryable = false } = diagnose(`${nameOf(error)}: ${textOf(error)}`);
  const options: ComputeErrorOptions = { cause: error, retryable, ...(hint && { hint }) };
  return new failures[call](summary ? `${summary} (${quote})` : `ECS refused: ${quote}`, options);
}

/** Leaves secrets of up to three characters in: they match in almost every message, and reveal nothing. */
function quoteOf(error: unknown, secrets: readonly string[]): string {
  const message = `${nameOf(error)}: ${textOf(error)}`.replace(/(?<![.\s])[.\s]+$/, '');
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message)
    .slice(0, MAX_TEXT);
}
