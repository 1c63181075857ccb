import type { Operation } from './operation.ts';
import { kindOf } from './operation-kinds.ts';
import { phases } from './phases.ts';
import type { Condition, ConditionType, Tenant } from './tenant.ts';
import { isHeldAtGate, isRunning } from './tenant-state.ts';

type ConditionState = Pick<Condition, 'status' | 'reason' | 'message'> & { since?: string };

/** Returns the conditions of a tenant. A condition whose status did not change keeps its `since`. */
export function conditionsOf(tenant: Tenant, now: string): Condition[] {
  const states: Record<ConditionType, ConditionState | undefined> = {
    Ready: ready(tenant),
    Progressing: progressing(tenant),
    Degraded: degraded(tenant),
    Waiting: waiting(tenant),
  };
  return (Object.keys(states) as ConditionType[]).flatMap((type) => {
    const before = tenant.conditions.find((condition) => condition.type === type);
    const state = states[type];
    if (!state) return [];
    const { status, reason, message, since = now } = state;
    const kept = before?.status === status ? before.since : since;
    return { type, status, reason, message, observed_revision: tenant.desired.revision, since: kept };
  });
}

function ready(tenant: Tenant): ConditionState {
  const { phase, serving, desired, operation } = tenant;
  const facts = phases[phase].ready;
  const trouble = troubleOf(tenant);
  if (facts === 'desired_revision') {
    if (trouble && trouble.reason !== 'Unreachable') return { ...trouble, status: false };
    return { status: true, reason: 'Serving', message: `Revision ${desired.revision} serves.` };
  }
  if (facts !== 'previous_revision') {
    const { reason, message } = facts;
    return { status: false, reason, message: isRunning(tenant) ? explain(operation, message) : message };
  }
  if (serving && operation.error?.usable !== false && !kindOf(operation).repairs) {
    const message = `Revision ${serving.revision} serves; ${desired.revision} is desired.`;
    return { status: false, reason: 'PreviousRevisionServing', message };
  }
  return { status: false, reason: reasonOf(operation), message: explain(operation, 'Nothing serves.') };
}

function progressing(tenant: Tenant): ConditionState {
  if (!isRunning(tenant)) return { status: false, reason: 'Settled', message: 'No operation is running.' };
  const { attempts, message, retries, type } = tenant.operation;
  const retry = retries.at(-1);
  if (!retry) return { status: true, reason: 'OperationRunning', message: message || `The ${type} is running.` };
  const failed = `Try ${attempts} failed (${retry.message}); the next is due at ${retry.next_at}.`;
  return { status: true, reason: 'Retrying', message: failed };
}

function degraded(tenant: Tenant): ConditionState {
  const { phase, operation } = tenant;
  const isRepaired = isRunning(tenant) && kindOf(operation).repairs;
  const trouble = troubleOf(tenant);
  if (trouble && !isRepaired) return trouble;
  if (phases[phase].failed) {
    const message = `${explain(operation, 'The last operation failed.')}${nextLook(tenant)}`;
    return { status: true, reason: reasonOf(operation), message };
  }
  if (isRepaired) {
    return { status: true, reason: 'Drifted', message: operation.message };
  }
  if (isRunning(tenant) && operation.retries.length > 0) {
    return { status: true, reason: reasonOf(operation), message: explain(operation, 'The last try failed.') };
  }
  return { status: false, reason: 'AsDesired', message: 'Nothing is known to be wrong.' };
}

/** Returns the wait for approval. A tenant that waits for none has no such condition. */
function waiting(tenant: Tenant): ConditionState | undefined {
  const { gate, revision } = tenant.operation;
  if (!isRunning(tenant) || !gate || !isHeldAtGate(tenant.operation)) return undefined;
  const end = gate.until ? ` until ${gate.until}; then it is rolled back` : '';
  return {
    status: true,
    reason: 'Approval',
    message: `Revision ${revision} waits for approval${end}.`,
    since: gate.since,
  };
}

/** Returns what looks found to be wrong, for a tenant of which something should run. */
function troubleOf({ phase, serving, health }: Tenant): ConditionState | undefined {
  if (!health?.trouble || !serving || !phases[phase].observed) return undefined;
  const { trouble, message, since } = health;
  return { status: true, reason: trouble, message, since };
}

/** Says when a failed tenant is looked at again, and what the latest look found. */
function nextLook({ next_at, lease, recovery }: Tenant): string {
  if (next_at === undefined || lease) return '';
  const found = recovery ? ` Look ${recovery.looks} found: ${recovery.message}.` : '';
  return `${found} Berth looks again at ${next_at}.`;
}

/** Returns the operation's error or the error of its latest try. Returns `otherwise` where there is none. */
function explain({ error, retries }: Operation, otherwise: string): string {
  if (error) return `${error.message} ${error.hint}`;
  return retries.at(-1)?.message ?? otherwise;
}

/** Returns a reason made of the error's code: `provision_failed` becomes `ProvisionFailed`. */
function reasonOf({ error, retries }: Operation): string {
  const code = error?.code ?? retries.at(-1)?.code ?? 'unknown';
  return code
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
