import type { Operation } from './operation.ts';
import type { Condition, ConditionType, Tenant } from './tenant.ts';

type ConditionState = Pick<Condition, 'status' | 'reason' | 'message'>;

/** The conditions of a tenant as it is now. One whose answer is as before keeps its `since`. */
export function conditionsOf(tenant: Tenant, now: string): Condition[] {
  const verdicts: Record<ConditionType, ConditionState> = {
    Ready: ready(tenant),
    Progressing: progressing(tenant),
    Degraded: degraded(tenant),
  };
  return (Object.keys(verdicts) as ConditionType[]).map((type) => {
    const before = tenant.conditions.find((condition) => condition.type === type);
    const verdict = verdicts[type];
    const since = before?.status === verdict.status ? before.since : now;
    return { type, ...verdict, observed_revision: tenant.desired.revision, since };
  });
}

function ready({ phase, serving, desired, operation }: Tenant): ConditionState {
  if (phase === 'destroyed') return { status: false, reason: 'Destroyed', message: 'The tenant was destroyed.' };
  if (phase === 'destroying') return { status: false, reason: 'Destroying', message: 'The tenant is being destroyed.' };
  if (phase === 'ready') return { status: true, reason: 'Serving', message: `Revision ${desired.revision} serves.` };
  if (phase === 'provisioning') {
    return { status: false, reason: 'Provisioning', message: explain(operation, 'The tenant is being provisioned.') };
  }
  const usable = serving !== undefined && operation.error?.usable !== false && operation.type !== 'heal';
  if (usable) {
    return {
      status: true,
      reason: 'PreviousRevisionServing',
      message: `Revision ${serving.revision} serves; ${desired.revision} is desired.`,
    };
  }
  return { status: false, reason: reasonOf(operation), message: explain(operation, 'Nothing serves.') };
}

function progressing({ operation }: Tenant): ConditionState {
  if (operation.state !== 'running') return { status: false, reason: 'Settled', message: 'No operation is running.' };
  const retry = operation.retries.at(-1);
  if (retry) {
    const message = `Try ${operation.attempts} failed (${retry.message}); the next is due at ${retry.next_at}.`;
    return { status: true, reason: 'Retrying', message };
  }
  return {
    status: true,
    reason: 'OperationRunning',
    message: operation.message || `The ${operation.type} is running.`,
  };
}

function degraded({ phase, operation }: Tenant): ConditionState {
  if (phase === 'failed')
    return { status: true, reason: reasonOf(operation), message: explain(operation, 'The last operation failed.') };
  if (operation.type === 'heal' && operation.state === 'running') {
    return { status: true, reason: 'Drifted', message: operation.message };
  }
  if (operation.state === 'running' && operation.retries.length > 0) {
    return { status: true, reason: reasonOf(operation), message: explain(operation, 'The last try failed.') };
  }
  return { status: false, reason: 'AsDesired', message: 'Nothing is known to be wrong.' };
}

/** What went wrong and what to do about it, or else the given text. */
function explain({ error, retries }: Operation, otherwise: string): string {
  if (error) return `${error.message} ${error.hint}`;
  return retries.at(-1)?.message ?? otherwise;
}

/** `provision_failed` → `ProvisionFailed`. */
function reasonOf({ error, retries }: Operation): string {
  const code = error?.code ?? retries.at(-1)?.code ?? 'unknown';
  return code
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
