import type { Container, Task } from '@aws-sdk/client-ecs';
import { type Fate, fateOf } from './fates.ts';
import {
  comeNext,
  type DefinitionRecord,
  type DeploymentRecord,
  date,
  findDefinition,
  nextId,
  type ServiceRecord,
  type TaskRecord,
  type World,
} from './world.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-details.html: ended tasks are shown for an hour. */
const SHOWN_FOR = 3_600_000;

/** Begins a task of a deployment, or answers why none can be placed. */
export function launchTask(
  world: World,
  owner: ServiceRecord,
  definition: DefinitionRecord,
  { deployment, settings }: DeploymentRecord,
): string | undefined {
  const { fate } = fateOf(definition);
  if (fate === 'no capacity') {
    return 'Capacity is unavailable at this time. Please try again later or in a different availability zone.';
  }
  if (fate === 'no quota') return "You've reached the limit on the number of vCPUs you can run concurrently";
  const id = nextId(world, 32);
  const arn = `arn:aws:ecs:${world.region}:${world.account}:task/${owner.cluster}/${id}`;
  const { subnets = [] } = settings.networkConfiguration?.awsvpcConfiguration ?? {};
  const host = (world.counter % 250) + 2;
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
      createdAt: date(world.at),
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
          id: nextId(world, 32),
          type: 'ElasticNetworkInterface',
          status: 'ATTACHED',
          details: [
            { name: 'subnetId', value: subnets[0] },
            { name: 'networkInterfaceId', value: `eni-${nextId(world, 17)}` },
            { name: 'privateIPv4Address', value: `10.0.${Math.floor(world.counter / 250) % 250}.${host}` },
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
  world.tasks.add(record);
  comeNext(world, record, 'pend', world.timing.provision);
  return undefined;
}

/** As `propagateTags` says. */
function tagsOf(record: ServiceRecord, definition: DefinitionRecord): Task['tags'] {
  const from = { SERVICE: record.tags, TASK_DEFINITION: definition.tags, NONE: new Map<string, string>() };
  return [...from[record.service.propagateTags ?? 'NONE']].map(([key, value]) => ({ key, value }));
}

/** The next step of a task's life. */
export function takeStep(world: World, record: TaskRecord): void {
  const step = record.next?.step;
  record.next = undefined;
  const definition = definitionOf(world, record);
  const { fate, container, image } = fateOf(definition);
  const { timing } = world;
  if (step === 'pend') {
    record.task.lastStatus = 'PENDING';
    comeNext(world, record, 'start', timing.start);
  } else if (step === 'start') {
    if (fate === 'hangs') return;
    if (fate === 'no image') endTask(world, record, noImage(container, image));
    else run(world, record, fate, definition);
  } else if (step === 'judge') {
    judge(world, record, fate, container);
  } else if (step === 'settle') {
    record.isUp = true;
  } else if (step === 'end') {
    stopped(world, record);
  }
}

function run(world: World, record: TaskRecord, fate: Fate, { definition }: DefinitionRecord): void {
  const { timing } = world;
  record.task.lastStatus = 'RUNNING';
  record.task.startedAt = date(world.at);
  for (const container of record.task.containers) container.lastStatus = 'RUNNING';
  const isChecked = definition.containerDefinitions?.some(({ healthCheck }) => healthCheck) ?? false;
  const isJudged = fate === 'crashes' || fate === 'out of memory' || isChecked;
  if (isJudged) comeNext(world, record, 'judge', timing.check);
  else comeNext(world, record, 'settle', timing.steady);
}

/** What a task that runs comes to: it crashes, or its health checks have their say. */
function judge(world: World, record: TaskRecord, fate: Fate, container: string): void {
  const exited = 'Essential container in task exited';
  if (fate === 'crashes') {
    endTask(world, record, { reason: exited, code: 'EssentialContainerExited', container, exitCode: 1 });
  } else if (fate === 'out of memory') {
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    endTask(world, record, { reason: exited, code: 'EssentialContainerExited', container, exitCode: 137 });
    setReason(record, container, reason);
  } else if (fate === 'unhealthy') {
    setHealth(world, record, 'UNHEALTHY');
    endTask(world, record, { reason: 'Task failed container health checks', code: 'ServiceSchedulerInitiated' });
  } else {
    setHealth(world, record, 'HEALTHY');
    record.isUp = true;
  }
}

/** Only a container with a health check has a health. */
function setHealth(world: World, record: TaskRecord, health: NonNullable<Container['healthStatus']>): void {
  const { containerDefinitions = [] } = definitionOf(world, record).definition;
  const checked = new Set(containerDefinitions.filter(({ healthCheck }) => healthCheck).map(({ name }) => name));
  for (const container of record.task.containers) if (checked.has(container.name)) container.healthStatus = health;
  const isAll = containerDefinitions.every(({ name }) => checked.has(name));
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

/** A task that ends by itself. */
export function endTask(world: World, record: TaskRecord, end: NonNullable<TaskRecord['end']>): void {
  record.end = end;
  record.task.desiredStatus = 'STOPPED';
  record.task.stoppedReason = end.reason;
  record.task.stopCode = end.code;
  record.task.stoppingAt = date(world.at);
  for (const container of record.task.containers) {
    if (container.name === end.container && end.exitCode !== undefined) container.exitCode = end.exitCode;
    if (container.name === end.container && end.exitCode === undefined) container.reason = end.reason;
  }
  stopped(world, record);
}

/** A task that is asked to end: it has its grace. */
export function stopTask(world: World, record: TaskRecord, reason: string): void {
  if (record.task.desiredStatus === 'STOPPED') return;
  record.task.desiredStatus = 'STOPPED';
  record.task.lastStatus = 'STOPPING';
  record.task.stoppedReason = reason;
  record.task.stopCode = 'ServiceSchedulerInitiated';
  record.task.stoppingAt = date(world.at);
  record.isUp = false;
  comeNext(world, record, 'end', world.timing.stop);
}

function stopped(world: World, record: TaskRecord): void {
  comeNext(world, record, 'forget', SHOWN_FOR);
  record.task.lastStatus = 'STOPPED';
  record.task.stoppedAt = date(world.at);
  for (const container of record.task.containers) container.lastStatus = 'STOPPED';
}

function definitionOf(world: World, { task }: TaskRecord): DefinitionRecord {
  const found = findDefinition(world, task.taskDefinitionArn);
  if (!found) throw new Error(`no task definition ${task.taskDefinitionArn}`);
  return found;
}
