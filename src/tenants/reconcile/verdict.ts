import type { ComputeStatus } from '../../compute/results.ts';

/**
 * What a status says about a desired specification: it serves, serves beside the remains of an interrupted rollout, is on
 * its way, failed, or something else is there. Only the operation knows whether a failure is that of its current try or of
 * an older one. After `unfinished` the call for the specification has to be made again: the provider then finishes.
 */
export type Verdict =
  | { kind: 'serves' }
  | { kind: 'unfinished'; message: string }
  | { kind: 'waiting'; message: string }
  | { kind: 'failed'; message: string }
  | { kind: 'differs' };

/** What is desired: a specification, and that the restart with this id replaced the containers, if any is given. */
export interface Wanted {
  spec_hash: string;
  restart?: string | undefined;
}

/** Returns the verdict of a status on what is desired. A stopped tenant differs from every specification. */
export function verdictOf(status: ComputeStatus, { spec_hash: desiredHash, restart }: Wanted): Verdict {
  const { spec_hash, pending_spec_hash, failed_spec_hash, failure, open_steps } = status.metadata;
  if (status.metadata.stopped) return { kind: 'differs' };
  if (restart !== undefined) {
    const { restart: served, pending_restart, failed_restart } = status.metadata;
    if (failed_restart === restart) return { kind: 'failed', message: failure ?? unreadyMessage(status) };
    if (served !== restart && pending_restart !== restart) return { kind: 'differs' };
  }
  if (pending_spec_hash === desiredHash) return { kind: 'waiting', message: `waiting: ${pendingMessage(status)}` };
  if (failed_spec_hash === desiredHash) return { kind: 'failed', message: failure ?? unreadyMessage(status) };
  // Also where the desired version still serves: the other one on its way has to be dropped.
  if (spec_hash !== desiredHash || pending_spec_hash) return { kind: 'differs' };
  if (open_steps) return { kind: 'unfinished', message: open_steps };
  if (status.state === 'running' && status.health !== 'unhealthy') return { kind: 'serves' };
  if (status.state === 'failed' || status.state === 'stopped')
    return { kind: 'failed', message: unreadyMessage(status) };
  return { kind: 'waiting', message: `waiting: ${unreadyMessage(status)}` };
}

/** Returns what the version on its way waits for. Where the provider does not say: what is not ready of what is there. */
function pendingMessage(status: ComputeStatus): string {
  const { pending_message, pending_until } = status.metadata;
  const until = pending_until ? `; the provider gives it up at ${pending_until}` : '';
  const [first = '', ...output] = (pending_message ?? unreadyMessage(status)).split('\n');
  return [`${first}${until}`, ...output].join('\n');
}

/** Returns true where nothing of a tenant runs because it was stopped. */
export function isStoppedAsWanted({ state, metadata }: ComputeStatus): boolean {
  return state === 'stopped' && metadata.stopped !== undefined;
}

function unreadyMessage({ state, containers }: ComputeStatus): string {
  const parts = containers
    .filter(({ ready }) => !ready)
    .map((container) => `${container.name} is ${container.state}${container.message && ` (${container.message})`}`);
  return parts.join('; ') || `the tenant is ${state}`;
}

/** Returns true where an earlier version of the tenant serves, or its containers of before a restart do. */
export function isUsable(status: ComputeStatus | undefined, { spec_hash, restart }: Wanted): boolean {
  const serving = status?.metadata.spec_hash;
  if (status?.state !== 'running' || serving === undefined) return false;
  return serving !== spec_hash || (restart !== undefined && status.metadata.restart !== restart);
}
