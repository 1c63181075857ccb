import type { Tenant } from '../../api/types.ts';

/** Something to do about a tenant. */
export interface NextStep {
  /** The room or the action that does it. The overview links it, or makes it a button, where there is one. */
  name: 'logs' | 'rollback' | 'cancel' | 'wait' | 'start' | 'apply';
  title: string;
  /** What it does to the tenant, in half a sentence. */
  effect: string;
  /** The same on the command line. */
  command: string;
}

/** Returns what to do next about a tenant, the most useful first; nothing for one that is as it should be. */
export function nextSteps(tenant: Tenant): NextStep[] {
  const { tenant_id: id, phase, last_operation: last, serving_revision: serving, revision, health } = tenant;
  const isUnwell = health === 'unhealthy' || tenant.restart_count > 0;
  const isBehind = serving !== null && serving !== revision;
  if (phase === 'destroyed') return [apply];
  if (phase === 'stopped') return [start(id)];
  if (last.state === 'running') {
    const canCancel = isBehind && last.type !== 'destroy';
    return [...(isUnwell ? [logs(id)] : []), ...(canCancel ? [cancel(id, serving)] : []), wait(id)];
  }
  if (isBehind) return [logs(id), rollback(id, serving)];
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

function start(id: string): NextStep {
  return { name: 'start', title: 'Start', effect: 'brings it up again', command: `npx berth start ${id}` };
}

function wait(id: string): NextStep {
  return { name: 'wait', title: 'Wait', effect: 'ends with the change', command: `npx berth status ${id} --wait` };
}

function cancel(id: string, serving: number): NextStep {
  const effect = `goes back to revision ${serving}, which serves`;
  return { name: 'cancel', title: 'Cancel the change', effect, command: `npx berth cancel ${id}` };
}

function rollback(id: string, serving: number): NextStep {
  const effect = `makes revision ${serving}, which serves, the desired one`;
  const command = `npx berth rollback ${id} --to-revision ${serving}`;
  return { name: 'rollback', title: `Roll back to ${serving}`, effect, command };
}
