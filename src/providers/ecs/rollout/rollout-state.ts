import type { FailedRollout, Observation, ObservedRollout } from './observe.ts';

/** How a tenant stands: what serves, what is on its way, what failed last. */
export interface RolloutState {
  serving: ObservedRollout | undefined;
  pending: ObservedRollout | undefined;
  failed: Pick<FailedRollout, 'revision' | 'specHash' | 'reason' | 'arn'> | undefined;
  /** What the tenant is to run: what is on its way, else what serves, else what failed. */
  desired: Pick<ObservedRollout, 'revision' | 'specHash'> | undefined;
}

const ROLLING_BACK = /circuit breaker: rolling back/i;

/**
 * Reads the deployments of a service. ECS carries rollouts out alone, so that everything is in what it says now:
 *
 * - The primary deployment is completed: it serves. If the newest rollout was another one, that one failed and was rolled back.
 * - It is in progress: it is on its way, and what it replaces serves for as long as its tasks run. The same state after
 *   the circuit breaker's return to an earlier deployment means that this one serves.
 * - It failed, with nothing to go back to: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * - It is in progress for longer than a rollout may take: it counts as failed, though ECS goes on trying.
 */
export function standingOf(observation: Observation, { now, timeout }: { now: number; timeout: number }): RolloutState {
  const [primary, ...older] = observation.rollouts;
  if (!primary) return { serving: undefined, pending: undefined, failed: undefined, desired: undefined };
  const { rolloutState, rolloutStateReason: reason, createdAt } = primary.deployment;
  const isBack = ROLLING_BACK.test(reason ?? '') || isReturning(observation.failed);
  const before = older.find(({ deployment }) => isCompleted(deployment) && isUp(deployment));
  const broken = observation.failed ?? failedAmong(older);

  if (isCompleted(primary.deployment)) return settled(primary, observation.failed);
  const arn = primary.deployment.taskDefinition;
  if (rolloutState === 'FAILED') return standing(before, undefined, { ...primary, reason, arn });
  if (isBack && broken?.arn === arn && primary.revision?.own) return standing(before, undefined, broken);
  if (isBack) return settled(isUp(primary.deployment) ? primary : (before ?? primary), broken);
  const since = createdAt?.getTime() ?? now;
  if (now - since > timeout) {
    const seconds = Math.round((now - since) / 1000);
    return standing(before, undefined, { ...primary, reason: `not ready after ${seconds} s`, arn });
  }
  // While the last old tasks end, the new ones serve already.
  const takesOver = older.length > 0 && isUp(primary.deployment) ? primary : undefined;
  return standing(before ?? takesOver, primary, undefined);
}

/** A rollout that failed and is the one that serves under another hash cannot be told from it: then nobody knows what serves. */
function settled(serving: ObservedRollout, failed: RolloutState['failed']): RolloutState {
  if (!failed) return standing(serving, undefined, undefined);
  const isSame = failed.arn !== undefined && failed.arn === serving.deployment.taskDefinition;
  if (!isSame) return standing(serving, undefined, failed);
  if (serving.revision?.own) return standing(serving, undefined, undefined);
  return standing({ ...serving, specHash: undefined }, undefined, failed);
}

function standing(serving: ObservedRollout | undefined, pending: ObservedRollout | undefined, failed: RolloutState['failed']): RolloutState {
  return { serving, pending, failed, desired: pending ?? serving ?? failed };
}

function failedAmong(rollouts: readonly ObservedRollout[]): RolloutState['failed'] {
  const found = rollouts.find(({ deployment }) => deployment.rolloutState === 'FAILED');
  return found && { ...found, reason: found.deployment.rolloutStateReason, arn: found.deployment.taskDefinition };
}

function isReturning(failed: FailedRollout | undefined): boolean {
  return failed?.status === 'ROLLBACK_IN_PROGRESS' || failed?.status === 'ROLLBACK_REQUESTED';
}

function isCompleted({ rolloutState }: ObservedRollout['deployment']): boolean {
  return rolloutState === 'COMPLETED';
}

function isUp({ runningCount = 0 }: ObservedRollout['deployment']): boolean {
  return runningCount > 0;
}
