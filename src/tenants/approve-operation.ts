import { OperationInProgressError, OperationNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { Caller } from './caller.ts';
import { type Clock, timestamp } from './clock.ts';
import { approvedTenant } from './decide/approve.ts';
import type { MutationResult } from './decide/mutation-result.ts';
import { conditionsOf } from './model/conditions.ts';
import { parseOperationId } from './model/ids.ts';
import { isHeldAtGate, isRunning } from './model/tenant-state.ts';
import type { Reconciler } from './reconcile/reconciler.ts';
import type { Store } from './store/store.ts';
import { ConditionFailedError } from './store/table.ts';

interface ApprovalContext {
  store: Store;
  manager: Manager;
  reconciler: Reconciler;
  clock: Clock;
}

const WRITE_TRIES = 20;

/** Records an approval, and then tells the provider. See `Tenants.approve`. */
export async function approveOperation(
  { store, manager, reconciler, clock }: ApprovalContext,
  operationId: string,
  { actor, signal }: Caller,
): Promise<MutationResult> {
  const { tenantId } = parseOperationId(operationId) ?? {};
  const notFound = () => new OperationNotFoundError(JSON.stringify(operationId.slice(0, 128)));
  if (tenantId === undefined) throw notFound();
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const { tenant: current, version } = await store.getTenant(tenantId);
    const isLatest = current?.operation.operation_id === operationId;
    const operation = isLatest ? current.operation : await store.getOperation(operationId);
    if (!operation || !current) throw notFound();
    manager.requireApproval(current.provider_type);
    // The latest look may be older than the wait.
    const isUnseen = isLatest && isRunning(current) && !isHeldAtGate(operation);
    if (isUnseen && tries === 0 && (await reconciler.reconcile(tenantId, { signal }))) continue;
    const now = timestamp(clock);
    const approved = approvedTenant(current, operation, { actor, now });
    const result = { kind: 'operation' as const, operation, tenant: current, revision: current.desired.revision };
    if (!approved) return result;
    const next = { ...approved, updated_at: now, conditions: conditionsOf(approved, now) };
    try {
      await store.putTenant(next, version);
    } catch (error) {
      if (error instanceof ConditionFailedError) continue;
      throw error;
    }
    reconciler.interrupt(tenantId);
    await reconciler.reconcile(tenantId, { signal });
    const { tenant: latest = next } = await store.getTenant(tenantId);
    const isStill = latest.operation.operation_id === operationId;
    return { ...result, tenant: latest, operation: isStill ? latest.operation : next.operation };
  }
  throw new OperationInProgressError(`too many writers at once for tenant ${tenantId}`);
}
