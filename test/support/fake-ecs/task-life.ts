import type { Container, Task } from '@aws-sdk/client-ecs';
import { canMount } from '../fake-efs/efs-operations.ts';
import {
  type DefinitionRecord,
  type DeploymentRecord,
  date,
  type EcsState,
  findDefinition,
  nextId,
  type ServiceRecord,
  schedule,
} from './ecs-state.ts';
import { type Scenario, scenarioOf } from './scenarios.ts';
import type { TaskRecord } from './tasks.ts';

/** Milliseconds. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-details.html */
const RETENTION = 3_600_000;

/** Starts a task of a deployment. Returns the reason if none can be placed. */
export function launchTask(
  state: EcsState,
  owner: ServiceRecord,
  definition: DefinitionRecord,
  { deployment, settings }: DeploymentRecord,
): string | undefined {
  const { scenario } = scenarioOf(definition);
  if (scenario === 'no capacity') {
    return 'Capacity is unavailable at this time. Please try again later or in a different availability zone.';
  }
  if (scenario === 'no quota') return "You've reached the limit on the number of vCPUs you can run concurrently";
  const id = nextId(state, 32);
  const arn = `arn:aws:ecs:${state.region}:${state.account}:task/${owner.cluster}/${id}`;
  const { subnets = [] } = settings.networkConfiguration?.awsvpcConfiguration ?? {};
  const host = (state.counter % 250) + 2;
  const record: TaskRecord = {
    task: {
      taskArn: arn,
      clusterArn: owner.service.clusterArn,
      taskDefinitionArn: definition.definition.taskDefinitionArn,
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      startedBy: deployment.id,
      group: `service:${owner.service.serviceName}`,
      launchType: owner.service.launchType ?? 'FARGATE',
      cpu: definition.definition.cpu,
      memory: definition.definition.memory,
      createdAt: date(state.at),
      healthStatus: 'UNKNOWN',
      tags: tagsOf(owner, definition),
      containers: (definition.definition.containerDefinitions ?? []).map(({ name, image }) => ({
        name,
        image,
        taskArn: arn,
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
      })),
      attachments: [
        {
          id: nextId(state, 32),
          type: 'ElasticNetworkInterface',
          status: 'ATTACHED',
          details: [
            { name: 'subnetId', value: subnets[0] },
            { name: 'networkInterfaceId', value: `eni-${nextId(state, 17)}` },
            { name: 'privateIPv4Address', value: `10.0.${Math.floor(state.counter / 250) % 250}.${host}` },
          ],
        },
      ],
    },
    service: owner.service.serviceArn,
    cluster: owner.cluster,
    isUp: false,
    next: undefined,
    end: undefined,
  };
  state.tasks.add(record);
  schedule(state, record, 'pend', state.timing.provision);
  return undefined;
}

function tagsOf(record: ServiceRecord, definition: DefinitionRecord): Task['tags'] {
  const from = { SERVICE: record.tags, TASK_DEFINITION: definition.tags, NONE: new Map<string, string>() };
  return [...from[record.service.propagateTags ?? 'NONE']].map(([key, value]) => ({ key, value }));
}

/** Takes the next step in the life of a task. */
export function takeStep(state: EcsState, record: TaskRecord): void {
  const step = record.next?.step;
  record.next = undefined;
  const definition = definitionOf(state, record);
  const { container, image, ...of } = scenarioOf(definition);
  const scenario = state.broken.has(record.task.startedBy) ? 'crashes' : of.scenario;
  const { timing } = state;
  if (step === 'pend') {
    record.task.lastStatus = 'PENDING';
    schedule(state, record, 'start', timing.start);
  } else if (step === 'start') {
    if (scenario === 'hangs') setStatus(record, container, 'RUNNING', definition);
    if (scenario === 'hangs') return;
    if (scenario !== 'fails once') endOnce(record, definition);
    if (scenario === 'fails once') failDependency(state, record, container, definition);
    else if (!canMount(state, definition.definition.volumes)) endTask(state, record, noMount(container));
    else if (scenario === 'no image') endTask(state, record, noImage(container, image));
    else run(state, record, scenario, definition);
  } else if (step === 'check') {
    applyOutcome(state, record, scenario, container);
  } else if (step === 'settle') {
    record.isUp = true;
  } else if (step === 'end') {
    stopped(state, record);
  }
}

function run(state: EcsState, record: TaskRecord, scenario: Scenario, { definition }: DefinitionRecord): void {
  const { timing } = state;
  record.task.lastStatus = 'RUNNING';
  record.task.startedAt = date(state.at);
  for (const container of record.task.containers) {
    if (container.exitCode === undefined) container.lastStatus = 'RUNNING';
  }
  const isChecked = definition.containerDefinitions?.some(({ healthCheck }) => healthCheck) ?? false;
  const hasOutcome = scenario === 'crashes' || scenario === 'out of memory' || isChecked;
  if (hasOutcome) schedule(state, record, 'check', timing.check);
  else schedule(state, record, 'settle', timing.steady);
}

/** Lets a container that is not essential run while the others wait for it. */
function setStatus(record: TaskRecord, name: string, status: string, { definition }: DefinitionRecord): void {
  const { essential = true } = definition.containerDefinitions?.find((one) => one.name === name) ?? {};
  for (const one of record.task.containers) if (one.name === name && !essential) one.lastStatus = status;
}

/** Runs each container on whose success another one depends to its end. */
function endOnce({ task }: TaskRecord, { definition }: DefinitionRecord): void {
  const awaited = (definition.containerDefinitions ?? []).flatMap(({ dependsOn = [] }) => dependsOn);
  const once = awaited.filter(({ condition }) => condition === 'SUCCESS').map(({ containerName }) => containerName);
  for (const one of task.containers)
    if (once.includes(one.name)) Object.assign(one, { lastStatus: 'STOPPED', exitCode: 0 });
}

/** A container failed on whose success others depend: they never start, and the task stops. */
function failDependency(state: EcsState, record: TaskRecord, name: string, { definition }: DefinitionRecord): void {
  for (const { name: other, dependsOn = [] } of definition.containerDefinitions ?? []) {
    const isBlocked = dependsOn.some(
      ({ containerName, condition }) => containerName === name && condition === 'SUCCESS',
    );
    const reason =
      `dependency graph: failed to resolve container ordering dependency [${name}] for target [${other}] ` +
      'as dependency did not exit successfully.';
    if (isBlocked) setReason(record, other ?? '', reason);
  }
  const reason = 'Essential container in task exited';
  endTask(state, record, { reason, code: 'EssentialContainerExited', container: name, exitCode: 3 });
}

/** Lets a running task crash, or delivers the result of its health checks. */
function applyOutcome(state: EcsState, record: TaskRecord, scenario: Scenario, container: string): void {
  const exited = 'Essential container in task exited';
  if (scenario === 'crashes') {
    endTask(state, record, { reason: exited, code: 'EssentialContainerExited', container, exitCode: 1 });
  } else if (scenario === 'out of memory') {
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    endTask(state, record, { reason: exited, code: 'EssentialContainerExited', container, exitCode: 137 });
    setReason(record, container, reason);
  } else if (scenario === 'unhealthy') {
    setHealth(state, record, 'UNHEALTHY');
    endTask(state, record, { reason: 'Task failed container health checks', code: 'ServiceSchedulerInitiated' });
  } else {
    setHealth(state, record, 'HEALTHY');
    record.isUp = true;
  }
}

/** Sets the health of containers with a health check. The task is healthy if all essential containers are. */
function setHealth(state: EcsState, record: TaskRecord, health: NonNullable<Container['healthStatus']>): void {
  const { containerDefinitions = [] } = definitionOf(state, record).definition;
  const checked = new Set(containerDefinitions.filter(({ healthCheck }) => healthCheck).map(({ name }) => name));
  for (const container of record.task.containers) if (checked.has(container.name)) container.healthStatus = health;
  const isAll = containerDefinitions.every(({ name, essential = true }) => checked.has(name) || !essential);
  record.task.healthStatus = health === 'HEALTHY' && !isAll ? 'UNKNOWN' : health;
}

function setReason(record: TaskRecord, name: string, reason: string): void {
  for (const container of record.task.containers) if (container.name === name) container.reason = reason;
}

function noImage(container: string, image: string): NonNullable<TaskRecord['end']> {
  const reason =
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: ` +
    `${image}: not found`;
  return { reason, code: 'TaskFailedToStart', container };
}

function noMount(container: string): NonNullable<TaskRecord['end']> {
  const reason = 'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes';
  return { reason, code: 'TaskFailedToStart', container };
}

/** Ends a task by itself. */
export function endTask(state: EcsState, record: TaskRecord, end: NonNullable<TaskRecord['end']>): void {
  record.end = end;
  record.task.desiredStatus = 'STOPPED';
  record.task.stoppedReason = end.reason;
  record.task.stopCode = end.code;
  record.task.stoppingAt = date(state.at);
  for (const container of record.task.containers) {
    if (container.name === end.container && end.exitCode !== undefined) container.exitCode = end.exitCode;
    if (container.name === end.container && end.exitCode === undefined) container.reason = end.reason;
  }
  stopped(state, record);
}

/** Asks a task to stop, which takes its grace period. */
export function stopTask(state: EcsState, record: TaskRecord, reason: string): void {
  if (record.task.desiredStatus === 'STOPPED') return;
  record.task.desiredStatus = 'STOPPED';
  record.task.lastStatus = 'STOPPING';
  record.task.stoppedReason = reason;
  record.task.stopCode = 'ServiceSchedulerInitiated';
  record.task.stoppingAt = date(state.at);
  record.isUp = false;
  schedule(state, record, 'end', state.timing.stop);
}

function stopped(state: EcsState, record: TaskRecord): void {
  schedule(state, record, 'forget', RETENTION);
  record.task.lastStatus = 'STOPPED';
  record.task.stoppedAt = date(state.at);
  for (const container of record.task.containers) container.lastStatus = 'STOPPED';
}

function definitionOf(state: EcsState, { task }: TaskRecord): DefinitionRecord {
  const found = findDefinition(state, task.taskDefinitionArn);
  if (!found) throw new Error(`no task definition ${task.taskDefinitionArn}`);
  return found;
}
