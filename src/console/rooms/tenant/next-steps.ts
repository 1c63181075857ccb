import type { Asked } from '../../actions/asked.ts';
import { possibleActions } from '../../actions/possible.ts';
import type { Tenant } from '../../api/types.ts';

/** Something to do about a tenant. */
export interface NextStep {
  /** The room or the action that does it. The overview links it, or makes it a button, where there is one. */
  name: 'logs' | 'rollback' | 'cancel' | 'change' | 'start' | 'apply';
  title: string;
  /** What it does to the tenant, in half a sentence. */
  effect: string;
  /** The same on the command line. */
  command: string;
  /** The change that its button asks for. */
  asks?: Asked;
}

/** Returns what to do next about a tenant, the most useful first; nothing for one that is as it should be. */
export function nextSteps(tenant: Tenant): NextStep[] {
  const { tenant_id: id, phase, last_operation: last, serving_revision: serving, revision, health } = tenant;
  const isUnwell = health === 'unhealthy' || tenant.restart_count > 0;
  const canCancel = possibleActions(tenant, { stop: false }).includes('cancel');
  const isBehind = serving !== null && serving !== revision;
  if (phase === 'destroyed') return [apply];
  if (phase === 'stopped') return [start(tenant)];
  if (last.state === 'running') {
    return [...(isUnwell ? [logs(id)] : []), ...(canCancel ? [cancel(tenant)] : []), watch(id)];
  }
  if (isBehind) return [logs(id), rollback(tenant, serving)];
  return phase === 'failed' || health === 'unhealthy' ? [logs(id)] : [];
}

const apply: NextStep = {
  name: 'apply',
  title: 'Provision it again',
  effect: 'begins a new life of the same id',
  command: 'npx berth apply -f FILE',
};

function logs(id: string): NextStep {
  return { name: 'logs', title: 'Read the logs', effect: 'shows its last lines', command: `npx berth logs ${id}` };
}

function start(tenant: Tenant): NextStep {
  const command = `npx berth start ${tenant.tenant_id}`;
  return { name: 'start', title: 'Start', effect: 'brings it up again', command, asks: { name: 'start', tenant } };
}

function watch(id: string): NextStep {
  const effect = 'shows what the change waits for';
  return { name: 'change', title: 'Watch the change', effect, command: `npx berth status ${id} --wait` };
}

function cancel(tenant: Tenant): NextStep {
  const effect = `goes back to revision ${tenant.serving_revision}, which serves`;
  const command = `npx berth cancel ${tenant.tenant_id}`;
  return { name: 'cancel', title: 'Cancel the change', effect, command, asks: { name: 'cancel', tenant } };
}

function rollback(tenant: Tenant, revision: number): NextStep {
  const effect = `makes revision ${revision}, which serves, the desired one`;
  const command = `npx berth rollback ${tenant.tenant_id} --to-revision ${revision}`;
  const asks = { name: 'rollback', tenant, revision } as const;
  return { name: 'rollback', title: `Roll back to ${revision}`, effect, command, asks };
}
