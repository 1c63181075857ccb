import type { Task } from '@aws-sdk/client-ecs';
import { diagnose } from '../api/diagnosis.ts';
import type { Observation } from './observe.ts';
import type { RolloutState } from './rollout-state.ts';

const MAX_REASON = 1000;
/** What ECS gives as the reason when it ends a task because others have taken its place, or the service is to end. */
const ORDERLY = /^(?:Scaling activity initiated|Task stopped by)/i;
/** Events that say why tasks do not start; most events are about what went well. */
const TROUBLE = /unable to|failed|unhealthy|limit|not been able/i;

/** Why a rollout failed: what its tasks say, or else what the service says, with what it means and what to do. */
export function reasonOf(failed: NonNullable<RolloutState['failed']>, observation: Observation): string {
  const ofTasks = taskReason(observation.stopped.filter(({ taskDefinitionArn }) => taskDefinitionArn === failed.arn));
  const parts = [failed.reason, ofTasks ?? eventReason(observation)].filter(
    (part) => part !== undefined && part !== '',
  );
  return withAdvice(parts.join(' ') || 'the rollout failed');
}

/** Tasks of the newest version that ended by themselves. Those that gave way to others ended as they should. */
export function brokenTasks({ stopped, rollouts }: Observation): Task[] {
  const newest = rollouts[0]?.deployment.taskDefinition;
  return stopped.filter(
    ({ taskDefinitionArn, stoppedReason = '' }) => taskDefinitionArn === newest && !ORDERLY.test(stoppedReason),
  );
}

/** Why the tasks of a tenant that is not up ended; empty where nothing is known. */
export function troubleOf(observation: Observation): string {
  const reason = taskReason(brokenTasks(observation)) ?? eventReason(observation);
  return reason === undefined ? '' : withAdvice(reason);
}

/** Of the task that ended last: the reason of a container says more than that of the task. */
function taskReason(stopped: readonly Task[]): string | undefined {
  const [last] = stopped.toSorted((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
  if (!last) return undefined;
  const parts = (last.containers ?? []).flatMap(({ name, reason, exitCode }) => {
    if (reason) return [`${name}: ${reason}`];
    return exitCode ? [`${name} ended with exit code ${exitCode}`] : [];
  });
  return [last.stoppedReason, ...parts].filter(Boolean).join('; ') || undefined;
}

function eventReason({ service, rollouts }: Observation): string | undefined {
  const since = rollouts[0]?.deployment.createdAt?.getTime() ?? 0;
  const events = (service.events ?? []).toSorted(
    (a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0),
  );
  const messages = events.filter(
    ({ message, createdAt }) => TROUBLE.test(message ?? '') && (createdAt?.getTime() ?? 0) >= since,
  );
  // That a rollout failed is known already; why tasks could not be placed is what is looked for.
  const telling = messages.find(({ message }) => /unable to place|reason:/i.test(message ?? '')) ?? messages[0];
  return telling?.message;
}

function withAdvice(text: string): string {
  const { summary, hint } = diagnose(text);
  const cut = text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
  return summary ? `${summary}: ${cut} ${hint ?? ''}`.trim() : cut;
}
