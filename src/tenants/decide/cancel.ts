import { OperationNotCancellableError } from '../../compute/errors.ts';
import type { Operation } from '../model/operation.ts';
import { kindOf } from '../model/operation-kinds.ts';
import { exists } from '../model/phases.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';

/**
 * Returns the revision that a tenant goes back to when its operation is cancelled: the one that serves. Throws
 * `OperationNotCancellableError` where the operation has ended or there is nothing to go back to. Pure.
 */
export function revisionToGoBackTo(current: Tenant, { operation_id, type, state }: Operation): number {
  const { tenant_id, operation, serving, desired } = current;
  const refuse = (reason: string, hint: string) =>
    new OperationNotCancellableError(`${type} of tenant ${tenant_id} (operation ${operation_id}): ${reason}`, { hint });
  if (!isRunning(current) || operation.operation_id !== operation_id) {
    const hint = exists(current)
      ? 'Roll the tenant back to an earlier revision, or update it.'
      : 'Provision the tenant again if it is still needed.';
    throw refuse(`it has ended already (${state})`, hint);
  }
  const { cancel } = kindOf(operation);
  if (cancel !== 'goes_back') throw refuse(cancel.refusal, cancel.hint);
  if (!serving) {
    throw refuse('no revision served yet, so there is none to go back to', 'Update the tenant, or destroy it.');
  }
  if (serving.spec_hash === desired.spec_hash) {
    throw refuse(
      `it works towards the specification of revision ${serving.revision}, which served last`,
      'Wait for its end, update the tenant, or destroy it.',
    );
  }
  return serving.revision;
}
