import type { Container } from '@aws-sdk/client-ecs';
import { onceIn } from '../order/start-order.ts';
import type { Observation, ObservedRollout } from './observe.ts';

export const NOT_ENDED = 'it runs once, and has not ended yet';

/** Returns true for a container of a task that ended with code 0. */
export function hasSucceeded({ lastStatus, exitCode }: Container): boolean {
  return lastStatus === 'STOPPED' && exitCode === 0;
}

/** Says how a container ended. */
export function endOf({ exitCode, reason }: Container): string {
  return reason ?? (exitCode === undefined ? 'it was not started' : `it exited with code ${exitCode}`);
}

/** Names the containers that run once and still run in tasks of a version; empty if there are none. */
export function unendedOnce(
  { running }: Pick<Observation, 'running'>,
  { revision, deployment }: ObservedRollout,
): string {
  const once = onceIn(revision?.containers ?? []);
  const own = running.filter(({ taskDefinitionArn }) => taskDefinitionArn === deployment.taskDefinition);
  const names = own.flatMap(({ containers = [] }) =>
    containers
      .filter(({ name = '', lastStatus }) => once.has(name) && lastStatus === 'RUNNING')
      .map(({ name }) => name),
  );
  return [...new Set(names)].map((name) => `${name} runs once, and has not ended`).join('; ');
}
