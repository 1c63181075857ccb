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

/** Returns the verdict of a status on the specification with that hash. */
export function verdictOf(status: ComputeStatus, desiredHash: string): Verdict {
  const { spec_hash, pending_spec_hash, failed_spec_hash, failure, open_steps } = status.metadata;
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

function unreadyMessage({ state, containers }: ComputeStatus): string {
  const parts = containers
    .filter(({ ready }) => !ready)
    .map((container) => `${container.name} is ${container.state}${container.message && ` (${container.message})`}`);
  return parts.join('; ') || `the tenant is ${state}`;
}

/** Returns true where an earlier version of the tenant serves while the desired one does not. */
export function isUsable(status: ComputeStatus | undefined, desiredHash: string): boolean {
  const serving = status?.metadata.spec_hash;
  return status?.state === 'running' && serving !== undefined && serving !== desiredHash;
}
