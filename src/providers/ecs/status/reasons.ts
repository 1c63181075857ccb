import type { Task } from '@aws-sdk/client-ecs';
import { diagnose } from '../api/diagnosis.ts';
import { type Observation, timeOf } from './observe.ts';
import type { RolloutState } from './rollout-state.ts';

const MAX_REASON = 1000;
/** The stop reasons of tasks that ECS replaced or scaled in. */
const ORDERLY = /^(?:Scaling activity initiated|Task stopped by)/i;
/** The service events that tell of a problem. Most events tell of success. */
const PROBLEM = /unable to|failed|unhealthy|limit|not been able/i;

/** Explains why a rollout failed: the reason of its tasks or of the service, what it means, and what to do. */
export function failureReason(failed: NonNullable<RolloutState['failed']>, observation: Observation): string {
  const ofTasks = taskReason(
    observation.stopped.filter((task) => task.taskDefinitionArn === failed.arn && !isOrderly(task)),
  );
  const parts = [failed.reason, ofTasks ?? eventReason(observation)].filter(Boolean);
  return explain(parts.join(' ') || 'the rollout failed');
}

/** Explains why a tenant is not running. Returns an empty text if nothing is known. */
export function troubleOf(observation: Observation): string {
  const reason = taskReason(brokenTasks(observation)) ?? eventReason(observation);
  return reason === undefined ? '' : explain(reason);
}

/** Returns the tasks of the newest version that ended by themselves, and not because ECS replaced them. */
export function brokenTasks({ stopped, rollouts }: Observation): Task[] {
  const newest = rollouts[0]?.deployment.taskDefinition;
  return stopped.filter((task) => task.taskDefinitionArn === newest && !isOrderly(task));
}

function isOrderly({ stoppedReason = '' }: Task): boolean {
  return ORDERLY.test(stoppedReason);
}

/** Returns the stop reason of the task that stopped last, with those of its containers, which are more specific. */
function taskReason(stopped: readonly Task[]): string | undefined {
  const [last] = stopped.toSorted((a, b) => timeOf(b.stoppedAt) - timeOf(a.stoppedAt));
  if (!last) return undefined;
  const parts = (last.containers ?? []).flatMap(({ name, reason, exitCode }) => {
    if (reason) return [`${name}: ${reason}`];
    return exitCode ? [`${name} exited with code ${exitCode}`] : [];
  });
  return [last.stoppedReason, ...parts].filter(Boolean).join('; ') || undefined;
}

/** Prefers the event that says why tasks could not be placed over the event that the rollout failed. */
function eventReason({ service, rollouts }: Observation): string | undefined {
  const since = timeOf(rollouts[0]?.deployment.createdAt);
  const problems = (service.events ?? [])
    .filter(({ message = '', createdAt }) => PROBLEM.test(message) && timeOf(createdAt) >= since)
    .toSorted((a, b) => timeOf(b.createdAt) - timeOf(a.createdAt));
  const specific = problems.find(({ message = '' }) => /unable to place|reason:/i.test(message));
  return (specific ?? problems[0])?.message;
}

function explain(text: string): string {
  const { summary, hint } = diagnose(text);
  const cut = text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
  if (!summary) return cut;
  return `${summary}: ${cut}${/[.…]$/.test(cut) ? '' : '.'} ${hint ?? ''}`.trim();
}
