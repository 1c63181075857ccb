import { NothingToApproveError } from '../../compute/errors.ts';
import type { Operation } from '../model/operation.ts';
import type { Tenant } from '../model/tenant.ts';
import { isHeldAtGate, isRunning } from '../model/tenant-state.ts';

/** Linear steps of 3 % need 34. */
const MAX_APPROVALS = 50;

/**
 * Returns the tenant with an approval of the version that its operation waits with, or undefined where it has the caller's
 * already. An approval is for the gate that is on record; the next gate needs another one. Throws `NothingToApproveError`
 * where the operation waits for none, with what is possible. Pure.
 */
export function approvedTenant(
  current: Tenant,
  operation: Operation,
  { actor, now }: { actor: string; now: string },
): Tenant | undefined {
  const { operation_id, type, approvals = [], gate } = operation;
  const isLatest = isRunning(current) && current.operation.operation_id === operation_id;
  const last = approvals.at(-1);
  if (isLatest && gate && isHeldAtGate(operation)) {
    const approval = { gate: gate.id, by: actor, at: now };
    return {
      ...current,
      operation: { ...operation, approvals: [...approvals, approval].slice(-MAX_APPROVALS) },
      next_at: current.next_at ?? now,
    };
  }
  if (last?.by === actor) return undefined;
  const about = `${type} of tenant ${current.tenant_id} (operation ${operation_id})`;
  if (last) {
    throw new NothingToApproveError(`${about}: ${last.by} approved it at ${last.at}`, {
      hint: 'Follow the operation. Cancel it while it runs to go back to the revision that serves.',
    });
  }
  if (isLatest) {
    throw new NothingToApproveError(`${about}: it has not got so far, or its settings ask for no approval`, {
      hint: 'Read the tenant: its condition Waiting is true while a version waits for approval.',
    });
  }
  throw new NothingToApproveError(`${about}: it has ended already (${operation.state})`, {
    hint: 'Update the tenant if the version is still wanted: it then waits for approval again.',
  });
}
