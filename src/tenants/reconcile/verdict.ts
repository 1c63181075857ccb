import { ComputeError, type Issue } from '../../compute/errors.ts';
import type { ComputeStatus } from '../../compute/results.ts';
import type { Failure } from '../model/operation.ts';
import { cutIssues, cutText } from './size-limits.ts';

/**
 * What an observation says about the way to a desired specification (its hash): it serves, it is on its way, it came to
 * grief, or something else is there. Whether the grief is that of this try or of an older one, only the operation knows.
 */
export type Verdict =
  | { kind: 'serves' }
  | { kind: 'waiting'; message: string }
  | { kind: 'failed'; message: string }
  | { kind: 'differs' };

export function verdictOf(status: ComputeStatus, desiredHash: string): Verdict {
  const { spec_hash, pending_spec_hash, failed_spec_hash, failure } = status.metadata;
  if (pending_spec_hash === desiredHash) return { kind: 'waiting', message: waitingMessage(status) };
  if (failed_spec_hash === desiredHash) return { kind: 'failed', message: failure ?? unreadyMessage(status) };
  if (spec_hash !== desiredHash) return { kind: 'differs' };
  if (status.state === 'running' && status.health !== 'unhealthy') return { kind: 'serves' };
  if (status.state === 'failed' || status.state === 'stopped')
    return { kind: 'failed', message: unreadyMessage(status) };
  return { kind: 'waiting', message: waitingMessage(status) };
}

function waitingMessage(status: ComputeStatus): string {
  return `waiting: ${unreadyMessage(status)}`;
}

function unreadyMessage({ state, containers }: ComputeStatus): string {
  const unready = containers.filter((container) => !container.ready);
  const parts = unready.map(
    (container) => `${container.name} is ${container.state}${container.message && ` (${container.message})`}`,
  );
  return parts.join('; ') || `the tenant is ${state}`;
}

/** Whether an earlier version of the tenant serves while the desired one does not. */
export function isUsable(status: ComputeStatus | undefined, desiredHash: string): boolean {
  const serving = status?.metadata.spec_hash;
  return status?.state === 'running' && serving !== undefined && serving !== desiredHash;
}

/** What is kept of anything thrown. An error that is not one of ours may say anything, so its text goes to the log only. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof ComputeError) {
    const { code, fault, retryable, hint } = thrown;
    const issues = (thrown as { issues?: readonly Issue[] }).issues;
    const kept = {
      message: cutText(thrown.message),
      hint: cutText(hint),
      ...(issues && { issues: cutIssues(issues) }),
    };
    return { code, fault, retryable, usable: false, ...kept };
  }
  return {
    code: 'internal',
    fault: 'platform',
    retryable: false,
    usable: false,
    message: 'the provider failed in an unexpected way',
    hint: 'Look for the operation in the logs, and try again.',
  };
}
