import { isStarting, plannedWait } from '../deployment/shift-state.ts';
import type { ProviderContext } from '../provider-context.ts';
import { REQUESTED_TAG, requestedHash } from '../tags.ts';
import type { FailedRollout, Observation, ObservedRollout } from './observe.ts';
import { unendedOnce } from './once.ts';

/** Which version of a tenant serves, which one is on its way, and which one failed last. */
export interface RolloutState {
  serving: ObservedRollout | undefined;
  pending: ObservedRollout | undefined;
  failed: Pick<FailedRollout, 'revision' | 'specHash' | 'reason' | 'arn'> | undefined;
  /** The version that the tenant should run: the pending one, else the serving one, else the failed one. */
  desired: Pick<ObservedRollout, 'revision' | 'specHash'> | undefined;
}

const ROLLING_BACK = /circuit breaker: rolling back/i;

/*
 * How the state of a rollout is derived
 *
 * Berth stores nothing about a rollout. ECS carries it out alone, in minutes, and may roll back while no Berth process
 * runs. So every call derives the state from what ECS reports at that moment: the deployments of the service, and the
 * history of service deployments. ECS names one deployment PRIMARY: the one that it works towards.
 *
 * - The primary is COMPLETED. It serves. If the newest entry of the history is another, unsuccessful rollout, then that
 *   one failed, and ECS rolled back to the primary. Both can have the same task definition: then other settings of the
 *   service failed.
 * - The primary is FAILED. The circuit breaker tripped without a completed deployment to return to. An older deployment
 *   serves if one still has tasks.
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * - The primary is IN_PROGRESS, and ECS is rolling back. The primary is then the earlier version, which serves already;
 *   the version to blame is the newest entry of the history, or a deployment marked FAILED where the history lags.
 *   For a moment the deployment that failed can still be the primary; it then counts as failed, and not as serving.
 * - The primary is IN_PROGRESS otherwise. It is pending, and an older completed deployment serves while it has tasks.
 *   While the last old tasks stop, the new ones already serve.
 * - The primary is IN_PROGRESS for longer than `rollout_timeout_seconds`. It counts as failed, although ECS keeps trying:
 *   tasks that never start do not trip the circuit breaker, and an operation has to end.
 *
 * A deployment that shifts requests between two versions is IN_PROGRESS until its bake time is over. It may take as long as
 * its steps, its bake time and the time for approvals say, and it has failed when three tasks in a row did not start.
 *
 * With a given task definition (`task_definition_arn`), the same task definition can run for two specifications, because
 * its tags name neither. If such a rollout fails and the same task definition serves, its hash is left unknown: naming
 * either of the two specifications could be wrong.
 */

/** Derives the state of a tenant from what ECS reports. */
export function readRolloutState(
  observation: Observation,
  { now, settings }: Pick<ProviderContext, 'now' | 'settings'>,
): RolloutState {
  const [primary, ...older] = observation.rollouts;
  if (!primary) return toState(undefined, undefined, undefined);
  const { rolloutState, rolloutStateReason: reason, createdAt, taskDefinition: arn } = primary.deployment;
  if (isCompleted(primary)) return settled(primary, observation.failed);

  const completed = older.find((rollout) => isCompleted(rollout) && hasTasks(rollout));
  if (rolloutState === 'FAILED') return toState(completed, undefined, { ...primary, reason, arn });
  if (ROLLING_BACK.test(reason ?? '') || isRollingBack(observation.failed)) {
    const failed = observation.failed ?? failedAmong(older);
    if (failed?.arn === arn && primary.revision?.own) return toState(completed, undefined, failed);
    return settled(hasTasks(primary) ? primary : (completed ?? primary), failed);
  }
  const failedTasks = shiftFailure(observation, primary);
  if (failedTasks !== undefined) return toState(completed, undefined, { ...primary, reason: failedTasks, arn });
  const age = createdAt ? now() - createdAt.getTime() : 0;
  if (age > longestOf(observation, settings.rollout_timeout_seconds)) {
    const unended = unendedOnce(observation, primary);
    const timeout = `not ready after ${Math.round(age / 1000)} s${unended && `: ${unended}`}`;
    return toState(completed, undefined, { ...primary, reason: timeout, arn });
  }
  const replacing = older.length > 0 && hasTasks(primary) ? primary : undefined;
  return toState(completed ?? replacing, primary, undefined);
}

/** Failures of tasks after which the circuit breaker would give a rolling deployment up, if it has few tasks. */
const MAX_FAILED_TASKS = 3;

/** No circuit breaker ends a deployment that shifts requests, so failures of its tasks count here. */
function shiftFailure(
  { shift }: Observation,
  { deployment: { failedTasks = 0 } }: ObservedRollout,
): string | undefined {
  if (!shift?.isRunning || failedTasks < MAX_FAILED_TASKS) return undefined;
  return `${failedTasks} tasks of the new version failed to start`;
}

/** Returns how many milliseconds a rollout may take. By plan, some wait: once all their tasks run. */
export function longestOf({ shift }: Pick<Observation, 'shift'>, timeoutSeconds: number): number {
  const waits = shift && !isStarting(shift) ? plannedWait(shift.configuration) : 0;
  return timeoutSeconds * 1000 + waits;
}

/**
 * Returns true where the update to a version was interrupted after its rollout began: the tags of the service, which are
 * written last, name another one. For a given task definition they are written first, and tell nothing. Tags that name a
 * version that failed are right: ECS rolled back by itself.
 */
export function hasOpenSteps(
  { tags, failed }: Observation,
  { specHash, revision, deployment }: ObservedRollout,
): boolean {
  const requested = tags[REQUESTED_TAG];
  if (!revision?.own || !specHash || !requested) return false;
  if (requestedHash(requested, deployment.taskDefinition ?? '') === specHash) return false;
  return failed?.arn === undefined || requestedHash(requested, failed.arn) === undefined;
}

/** The state once nothing is on its way. */
function settled(serving: ObservedRollout, failed: FailedRollout | RolloutState['failed']): RolloutState {
  const isSame = failed?.arn !== undefined && failed.arn === serving.deployment.taskDefinition;
  if (!isSame) return toState(serving, undefined, failed);
  if (serving.revision?.own) return toState(serving, undefined, isRolledBack(failed) ? failed : undefined);
  return toState({ ...serving, specHash: undefined }, undefined, failed);
}

function toState(
  serving: ObservedRollout | undefined,
  pending: ObservedRollout | undefined,
  failed: RolloutState['failed'],
): RolloutState {
  return { serving, pending, failed, desired: pending ?? serving ?? failed };
}

function failedAmong(rollouts: readonly ObservedRollout[]): RolloutState['failed'] {
  const found = rollouts.find(({ deployment }) => deployment.rolloutState === 'FAILED');
  return found && { ...found, reason: found.deployment.rolloutStateReason, arn: found.deployment.taskDefinition };
}

function isRollingBack(failed: FailedRollout | undefined): boolean {
  return failed?.status === 'ROLLBACK_IN_PROGRESS' || failed?.status === 'ROLLBACK_REQUESTED';
}

/** Returns true for other settings of the service, with the same task definition, that ECS rolled back. */
function isRolledBack(failed: FailedRollout | RolloutState['failed']): boolean {
  return failed !== undefined && 'status' in failed && failed.status === 'ROLLBACK_SUCCESSFUL';
}

function isCompleted({ deployment }: ObservedRollout): boolean {
  return deployment.rolloutState === 'COMPLETED';
}

function hasTasks({ deployment: { runningCount = 0 } }: ObservedRollout): boolean {
  return runningCount > 0;
}
