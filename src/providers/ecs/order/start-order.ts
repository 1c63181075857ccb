import type { ContainerCondition, ContainerDefinition } from '@aws-sdk/client-ecs';
import { type Issue, toPointer } from '../../../compute/errors.ts';
import type { ContainerSpec } from '../../../compute/spec/spec.ts';
import { hasStartOrder, runsOnce, type Wait, waitsOf } from '../../../compute/start-order/start-order.ts';

/*
 * ECS orders the containers of a task by dependencies, each with a condition. A container that runs once is not essential:
 * the task goes on when it ends. ECS refuses the condition SUCCESS on essential ones. If such a dependency fails, the
 * containers that depend on it can never start, and as they are essential, the task stops.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
 * https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/dependencygraph/graph.go
 */

const conditions: Readonly<Record<Wait['until'], ContainerCondition>> = {
  completed: 'SUCCESS',
  healthy: 'HEALTHY',
  running: 'START',
};

/** Dependencies need platform version 1.3.0 of Fargate. */
const TOO_OLD = /^1\.[0-2]\./;

/** Returns the part of a container definition that says whether it runs once, and what it waits for. */
export function toDependencies(
  container: ContainerSpec,
  containers: readonly ContainerSpec[],
): Pick<ContainerDefinition, 'essential' | 'dependsOn'> {
  const waits = waitsOf(containers).get(container.name) ?? [];
  const dependsOn = waits.map(({ name, until }) => ({ containerName: name, condition: conditions[until] }));
  return { essential: !runsOnce(container), ...(dependsOn.length > 0 && { dependsOn }) };
}

/** Returns the containers of a definition that run once: others depend on their success. */
export function onceIn(definitions: readonly ContainerDefinition[]): ReadonlySet<string> {
  const all = definitions.flatMap(({ dependsOn = [] }) => dependsOn);
  return new Set(all.filter(({ condition }) => condition === 'SUCCESS').map(({ containerName = '' }) => containerName));
}

/** Returns what ECS cannot do: the failure of a container on which none depends would fail nothing. */
export function startOrderIssues(containers: readonly ContainerSpec[], platformVersion: string | undefined): Issue[] {
  if (!hasStartOrder(containers)) return [];
  const waits = waitsOf(containers);
  const lasting = containers.filter((container) => !runsOnce(container)).map(({ name }) => name);
  const awaited = new Set(lasting);
  for (const name of awaited) for (const wait of waits.get(name) ?? []) awaited.add(wait.name);
  const lost = containers.flatMap(({ name }, index) => {
    if (awaited.has(name)) return [];
    const message = `no container that runs always waits for ${name}, so ECS would ignore its failure; name it in after`;
    return [{ pointer: toPointer(['containers', index, 'run']), message }];
  });
  if (!platformVersion || !TOO_OLD.test(platformVersion)) return lost;
  const message = `the order of containers needs platform version 1.3.0 or later: the operator has set ${platformVersion}`;
  return [...lost, { pointer: '/containers', message }];
}
