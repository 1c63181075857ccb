import { ComputeError, type ErrorCode, errorCatalog, type Issue } from '../../compute/errors.ts';
import type { Failure } from './operation.ts';

/** The recorded failure of an operation, as the error to throw to a caller who waited for it. */
export class OperationFailedError extends ComputeError {
  readonly issues: readonly Issue[] | undefined;
  /** Whether the version before it still serves. */
  readonly usable: boolean;

  constructor(code: ErrorCode, { message, retryable, hint, issues, usable }: Failure) {
    const { prefix } = errorCatalog[code];
    super(code, message.startsWith(`${prefix}: `) ? message.slice(prefix.length + 2) : '', { retryable, hint });
    this.issues = issues;
    this.usable = usable;
  }
}
