import type { Capabilities, Operation, Tenant } from '../api/types.ts';

/** In the order of the buttons. */
export const ACTION_NAMES = ['start', 'restart', 'approve', 'cancel', 'rollback', 'stop', 'destroy'] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** The operations that a cancel takes back to the revision that serves. */
const CANCELLABLE: ReadonlySet<Operation['type']> = new Set(['provision', 'update', 'rollback']);

const ALWAYS_FINISHING: ReadonlySet<Operation['type']> = new Set(['stop', 'destroy']);

/** Returns the actions that the control plane would accept now, so that no button is drawn in vain. */
export function possibleActions(tenant: Tenant, { stop: canStop }: Pick<Capabilities, 'stop'>): ActionName[] {
  const { phase, revision, serving_revision: serving, last_operation: last } = tenant;
  if (phase === 'destroyed' || phase === 'destroying') return [];
  const isRunning = last.state === 'running';
  const isStopped = phase === 'stopped' || phase === 'stopping';
  const isFinishing = isRunning && ALWAYS_FINISHING.has(last.type);
  const conditions: Readonly<Record<ActionName, boolean>> = {
    start: canStop && isStopped,
    restart: !isRunning && !isStopped && serving === revision,
    approve: isRunning && last.gate !== undefined && last.approvals?.at(-1)?.gate !== last.gate.id,
    cancel: isRunning && CANCELLABLE.has(last.type) && serving !== null && serving !== revision,
    rollback: revision > 1 && !isFinishing,
    stop: canStop && !isStopped,
    destroy: true,
  };
  return ACTION_NAMES.filter((name) => conditions[name]);
}
