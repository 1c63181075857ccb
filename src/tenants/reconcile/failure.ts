import { ComputeError, type Issue } from '../../compute/errors.ts';
import type { Failure } from '../model/operation.ts';
import { cutIssues, cutText } from './size-limits.ts';

/** Returns what an operation records of an error. The text of an error that is not Berth's own goes to the log only. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof ComputeError) {
    const { code, fault, retryable, hint, message } = thrown;
    const issues = (thrown as { issues?: readonly Issue[] }).issues;
    return {
      code,
      fault,
      retryable,
      usable: false,
      message: cutText(message),
      hint: cutText(hint),
      ...(issues && { issues: cutIssues(issues) }),
    };
  }
  return {
    code: 'internal',
    fault: 'platform',
    retryable: false,
    usable: false,
    message: 'the provider failed in an unexpected way',
    hint: 'Look for the operation in the logs, and try again.',
  };
}
