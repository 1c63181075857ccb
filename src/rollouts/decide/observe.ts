import type { Operation } from '../../tenants/model/operation.ts';
import { exists, phases } from '../../tenants/model/phases.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import type { OutcomeState } from '../model/outcome-list.ts';
import type { InFlight, Row } from '../model/rollout.ts';

/** How far a tenant in flight is. `not_begun`: its update or its way back was not recorded yet. */
export type Progress =
  | { kind: 'not_begun' }
  | { kind: 'running'; made: Made }
  | { kind: 'ended'; outcome: OutcomeState; detail?: string | undefined; made?: Made | undefined };

/** What the rollout recorded with the tenant. */
export type Made = Required<Pick<Row, 'to_revision' | 'operation_id'>>;

export const DESTROYED = 'the tenant was destroyed';

/**
 * Returns how far a tenant in flight is, from its record alone: the rollout's own revision carries its name as the actor.
 * So a worker that takes over after a crash finds what the one before it did, and does not repeat it.
 * `operationOf` returns an operation that is no longer the tenant's latest.
 */
export async function observe(
  entry: InFlight,
  tenant: Tenant | undefined,
  { actor, operationOf }: { actor: string; operationOf: (id: string) => Promise<Operation | undefined> },
): Promise<Progress> {
  if (!exists(tenant) || tenant.incarnation !== entry.incarnation || tenant.phase === 'destroying') {
    return { kind: 'ended', outcome: 'skipped', detail: DESTROYED };
  }
  const { revision, rollback_of, operation_id } = tenant.desired;
  const before = entry.action === 'update' ? entry.from_revision : (entry.to_revision ?? 0);
  if (revision === before) return isOnItsWayBack(entry, tenant) ? latestOf(entry, tenant) : { kind: 'not_begun' };
  const isOurs =
    tenant.desired.actor === actor &&
    revision === before + 1 &&
    (rollback_of !== undefined) === (entry.action === 'undo');
  if (!isOurs) return changedByAnother(entry, tenant);
  const made = { to_revision: revision, operation_id };
  const isLatest = tenant.operation.operation_id === operation_id;
  const operation = isLatest ? tenant.operation : await operationOf(operation_id);
  if (operation?.state === 'running') return { kind: 'running', made };
  return endOf(entry, tenant, operation, made);
}

/**
 * Returns true where a way back that failed was asked for again, or came up by itself. That makes another operation, but no
 * other revision.
 */
function isOnItsWayBack({ from_revision, operation_id }: InFlight, { desired, operation, serving }: Tenant): boolean {
  if (desired.rollback_of !== from_revision) return false;
  return operation.operation_id !== operation_id || serving?.revision === desired.revision;
}

function latestOf(entry: InFlight, tenant: Tenant): Progress {
  const { operation, desired } = tenant;
  const made = { to_revision: desired.revision, operation_id: operation.operation_id };
  return operation.state === 'running' ? { kind: 'running', made } : endOf(entry, tenant, operation, made);
}

function changedByAnother({ action }: InFlight, { desired }: Tenant): Progress {
  const left = action === 'undo' ? '; it was left as it is' : '';
  const detail = `changed by another meanwhile (revision ${desired.revision} by ${desired.actor})${left}`;
  return { kind: 'ended', outcome: 'skipped', detail };
}

function endOf({ action }: InFlight, tenant: Tenant, operation: Operation | undefined, made: Made): Progress {
  const isUndo = action === 'undo';
  if (operation?.state === 'succeeded' || tenant.serving?.revision === made.to_revision) {
    const detail = phases[tenant.phase].stopped ? 'the tenant is stopped: it comes up with this at its next start' : '';
    return { kind: 'ended', outcome: isUndo ? 'undone' : 'succeeded', detail, made };
  }
  if (operation?.state === 'cancelled') {
    const detail = `its operation was ended by another request (${operation.error?.message ?? 'cancelled'})`;
    return { kind: 'ended', outcome: 'skipped', detail, made };
  }
  const why = operation?.error?.message ?? 'its operation is no longer on record';
  if (!isUndo) return { kind: 'ended', outcome: 'failed', detail: why, made };
  return { kind: 'ended', outcome: 'unrestored', detail: `it could not be brought back: ${why}`, made };
}
