import { ComputeError, errorCatalog, type Issue } from '../../compute/errors.ts';
import type { Failure } from '../model/operation.ts';
import type { Tenant } from '../model/tenant.ts';
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

/**
 * Returns the failure that ends an operation of a tenant. `isServing`: whether an earlier version was seen to serve after
 * the failure; undefined where the provider could not be asked. The hint says no more than that; one that the provider gave
 * is kept.
 */
export function finalFailure(failure: Failure, tenant: Tenant, isServing: boolean | undefined): Failure {
  const usable = isServing === true;
  const { code, hint } = failure;
  const isOfVersion = code === 'provision_failed' || code === 'update_failed' || code === 'timeout';
  if (!isOfVersion || hint !== errorCatalog[code].hint) return { ...failure, usable };
  return { ...failure, usable, hint: hintFor(tenant, isServing) };
}

function hintFor({ serving }: Tenant, isServing: boolean | undefined): string {
  const remedy = 'Correct the cause and update again, or';
  if (!serving) return `No version has served yet. ${remedy} destroy the tenant.`;
  const { revision } = serving;
  if (isServing) return `Revision ${revision} still serves. ${remedy} roll back to it.`;
  if (isServing === false) return `No version was seen to serve. ${remedy} roll back to revision ${revision}.`;
  return `Whether revision ${revision} still serves is not known: the provider did not answer. Read the status.`;
}
