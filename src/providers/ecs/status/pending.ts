import { MAX_PENDING } from '../../../compute/spec/limits.ts';
import type { Gate, ShiftState } from '../deployment/shift-state.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Observation, ObservedRollout } from './observe.ts';
import { hasSucceeded, unendedOnce } from './once.ts';
import { troubleOf } from './reasons.ts';
import { longestOf } from './rollout-state.ts';

function approvalText({ until }: Gate): string {
  return `waits for approval${until ? ` until ${until.toISOString()}, then ECS rolls back` : ''}`;
}

function shiftText(shift: ShiftState | undefined): string | undefined {
  const isShifted = shift?.isRunning && (shift.weight ?? 0) > 0;
  return isShifted ? `${shift.weight} % of the requests go to the new version` : undefined;
}

function gateFields({ id, since, until }: Gate): Record<string, string> {
  return {
    waiting_for: 'approval',
    waiting_id: id,
    ...(since && { waiting_since: since.toISOString() }),
    ...(until && { waiting_until: until.toISOString() }),
  };
}

/**
 * Returns what a version on its way waits for, and until when: how many of its tasks run, the containers that are not up or
 * not healthy, and why tasks stopped or cannot be placed. Log lines are left to `logs`: reading them takes more calls.
 */
export function pendingOf(
  observation: Observation,
  rollout: ObservedRollout,
  { settings }: Pick<ProviderContext, 'settings'>,
): Record<string, string> {
  const { deployment, revision } = rollout;
  const waits = new Map(revision?.containers.map(({ name, dependsOn = [] }) => [name, dependsOn]));
  const { runningCount = 0, pendingCount = 0, desiredCount = 0, failedTasks = 0 } = deployment;
  const tasks = observation.running.filter(({ taskDefinitionArn }) => taskDefinitionArn === deployment.taskDefinition);
  const unready = tasks
    .flatMap(({ containers = [] }) => containers)
    .filter((container) => !hasSucceeded(container))
    .filter(({ lastStatus, healthStatus }) => lastStatus !== 'RUNNING' || healthStatus === 'UNHEALTHY')
    .map(({ name = '', lastStatus = 'UNKNOWN', healthStatus, reason }) => {
      const awaited = lastStatus === 'PENDING' ? (waits.get(name) ?? []) : [];
      const facts = [
        healthStatus && healthStatus !== 'UNKNOWN' && `health check: ${healthStatus}`,
        awaited.length > 0 && `after ${awaited.map(({ containerName }) => containerName).join(' and ')}`,
        reason,
      ];
      const known = facts.filter(Boolean).join('; ');
      return `${name} is ${lastStatus}${known && ` (${known})`}`;
    });
  const counts =
    `${runningCount} of ${desiredCount} tasks of the new version run` +
    `${pendingCount > 0 ? `, ${pendingCount} are starting` : ''}${failedTasks > 0 ? `, ${failedTasks} failed` : ''}`;
  const gate = observation.shift?.gate;
  const parts = [
    gate && approvalText(gate),
    shiftText(observation.shift),
    counts,
    unendedOnce(observation, rollout),
    ...new Set(unready),
    troubleOf(observation),
  ].filter(Boolean);
  const begun = deployment.createdAt?.getTime();
  return {
    pending_message: parts.join('; ').slice(0, MAX_PENDING),
    ...(begun !== undefined && {
      pending_until: new Date(begun + longestOf(observation, settings.rollout_timeout_seconds)).toISOString(),
    }),
    ...(gate && gateFields(gate)),
  };
}
