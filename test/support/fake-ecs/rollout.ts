import {
  arn,
  type DeployedSettings,
  type DeploymentRecord,
  date,
  type EcsState,
  findDefinition,
  nextId,
  noSettings,
  type ServiceRecord,
} from './ecs-state.ts';
import { syncRoutes } from './gateway-operations.ts';
import { launchTask, stopTask } from './task-life.ts';
import type { TaskRecord } from './tasks.ts';
import { advanceShift, beginShift, keepsOld, sendRequests } from './traffic-shift.ts';

const MAX_EVENTS = 100;

/** Begins a new deployment, and makes it the primary one. */
export function beginDeployment(
  state: EcsState,
  record: ServiceRecord,
  taskDefinition: string,
  settings: DeployedSettings,
): void {
  const at = date(state.at);
  const { service, cluster } = record;
  const path = `${cluster}/${service.serviceName}`;
  const revision = {
    ...settings,
    serviceRevisionArn: arn(state, `service-revision/${path}/${nextId(state, 19)}`),
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    taskDefinition,
    createdAt: at,
  };
  const history = {
    serviceDeploymentArn: arn(state, `service-deployment/${path}/${nextId(state, 19)}`),
    serviceArn: service.serviceArn,
    clusterArn: service.clusterArn,
    createdAt: at,
    startedAt: at,
    targetServiceRevisionArn: revision.serviceRevisionArn,
    status: 'IN_PROGRESS' as const,
  };
  state.revisions.set(revision.serviceRevisionArn, revision);
  const id = `ecs-svc/${nextId(state, 19)}`;
  const shift = beginShift(state, record);
  if (shift) record.shifts.set(history.serviceDeploymentArn, shift);
  for (const { deployment, history: earlier } of record.deployments) {
    deployment.status = 'ACTIVE';
    if (earlier.status === 'IN_PROGRESS') Object.assign(earlier, { status: 'STOPPED', finishedAt: at });
  }
  record.history.push(history);
  record.deployments.unshift({
    deployment: {
      id,
      status: 'PRIMARY',
      taskDefinition,
      failedTasks: 0,
      createdAt: at,
      updatedAt: at,
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment ${id} in progress.`,
    },
    settings,
    history,
    shift,
  });
  service.taskDefinition = taskDefinition;
  record.retryAt = state.at;
}

/** Returns true if a service has too few tasks and may start more. */
export function isShort(state: EcsState, record: ServiceRecord): boolean {
  const [primary] = record.deployments;
  if (record.service.status !== 'ACTIVE' || !primary || primary.deployment.rolloutState === 'FAILED') return false;
  return liveTasks(state, record, primary).length < record.service.desiredCount && hasRoom(state, record);
}

/** Runs the service scheduler once. `changed` is the task whose state just changed. */
export function reconcile(state: EcsState, record: ServiceRecord, changed?: TaskRecord): void {
  if (record.service.status === 'INACTIVE') return;
  if (record.service.status === 'DRAINING') {
    drain(state, record);
    syncRoutes(state, record);
    return;
  }
  if (changed) recordChange(state, record, changed);
  syncRoutes(state, record);
  stopSurplus(state, record);
  startTasks(state, record);
  shiftRequests(state, record);
  completeRollout(state, record);
  updateCounts(state, record);
  if (record.retryAt > state.at && isShort(state, record)) state.agenda.push({ at: record.retryAt, service: record });
}

function drain(state: EcsState, record: ServiceRecord): void {
  for (const task of tasksOf(state, record)) stopTask(state, task, 'Task stopped by the service scheduler');
  updateCounts(state, record);
  if (tasksOf(state, record).every(({ task }) => task.lastStatus === 'STOPPED')) {
    record.service.status = 'INACTIVE';
    record.deployments = [];
  }
}

/** Counts consecutive failures. A task that is up resets the count. */
function recordChange(state: EcsState, record: ServiceRecord, { task, isUp, end }: TaskRecord): void {
  const primary = record.deployments.find(({ deployment }) => deployment.id === task.startedBy);
  if (!primary) return;
  if (isUp) primary.deployment.failedTasks = 0;
  else if (end && task.lastStatus === 'STOPPED') recordFailure(state, record, primary);
}

function recordFailure(state: EcsState, record: ServiceRecord, failing: DeploymentRecord): void {
  record.retryAt = state.at + state.timing.retry;
  const { deployment } = failing;
  if (deployment.rolloutState !== 'IN_PROGRESS' || deployment.status !== 'PRIMARY') return;
  deployment.failedTasks += 1;
  const breaker = record.service.deploymentConfiguration?.deploymentCircuitBreaker;
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html: 3 <= 0.5 x desired <= 200
  const threshold = Math.min(Math.max(Math.ceil(record.service.desiredCount / 2), 3), 200);
  if (failing.shift || !breaker?.enable || deployment.failedTasks < threshold) return;
  deployment.rolloutState = 'FAILED';
  deployment.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.';
  addEvent(state, record, `(deployment ${deployment.id}) deployment failed: tasks failed to start.`);
  const { completed } = record;
  if (breaker.rollback && completed) {
    const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${completed.id}.`;
    rollBack(state, record, failing, { completed, reason, statusReason: 'Circuit breaker threshold exceeded' });
  } else
    Object.assign(failing.history, {
      status: 'STOPPED',
      statusReason: deployment.rolloutStateReason,
      finishedAt: date(state.at),
    });
}

/** Takes the stages of a traffic shift that are due. */
function shiftRequests(state: EcsState, record: ServiceRecord): void {
  const [primary] = record.deployments;
  if (!primary?.shift) return;
  const up = liveTasks(state, record, primary).filter(({ isUp }) => isUp).length;
  const failure = advanceShift(state, record, up >= record.service.desiredCount);
  if (failure) abandon(state, record, failure);
  if (failure || primary.shift.stage === 'CLEAN_UP') stopSurplus(state, record);
}

/** Gives the primary deployment up, and rolls back where a deployment has completed before. */
export function abandon(state: EcsState, record: ServiceRecord, statusReason: string): void {
  const [primary] = record.deployments;
  const { completed } = record;
  if (!primary) return;
  primary.deployment.rolloutState = 'FAILED';
  const reason = `ECS deployment: rolling back to deploymentId ${completed?.id}.`;
  if (completed) rollBack(state, record, primary, { completed, reason, statusReason });
  else Object.assign(primary.history, { status: 'STOPPED', statusReason, finishedAt: date(state.at) });
}

/** Rolls back to the deployment that completed last, and reuses it if it still exists. */
function rollBack(
  state: EcsState,
  record: ServiceRecord,
  failing: DeploymentRecord,
  {
    completed,
    reason,
    statusReason,
  }: { completed: NonNullable<ServiceRecord['completed']>; reason: string; statusReason: string },
): void {
  const at = date(state.at);
  addEvent(state, record, `rolling back to deployment ${completed.id}.`);
  failing.deployment.status = 'ACTIVE';
  Object.assign(failing.history, {
    status: 'ROLLBACK_IN_PROGRESS',
    statusReason,
  });
  const target = record.deployments.find(({ deployment }) => deployment.id === completed.id) ?? {
    deployment: {
      id: completed.id,
      status: '',
      taskDefinition: completed.taskDefinition,
      failedTasks: 0,
      createdAt: at,
    },
    settings: completed.settings,
    history: failing.history,
    shift: undefined,
  };
  Object.assign(target.deployment, {
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: reason,
    updatedAt: at,
  });
  target.history = failing.history;
  if (failing.shift) {
    failing.shift.weight = 0;
    sendRequests(state, record, completed.group ?? record.service.loadBalancers?.[0]?.targetGroupArn, 100);
  }
  record.deployments = [target, ...record.deployments.filter((one) => one !== target)];
  record.service.taskDefinition = completed.taskDefinition;
  Object.assign(record.service, noSettings, completed.settings);
  record.retryAt = state.at;
}

function startTasks(state: EcsState, record: ServiceRecord): void {
  while (state.at >= record.retryAt && isShort(state, record)) {
    const [primary] = record.deployments;
    const definition = primary && findDefinition(state, primary.deployment.taskDefinition);
    if (!definition) {
      record.retryAt = Number.POSITIVE_INFINITY; // the task definition is deleted, so no attempt can succeed
      return;
    }
    if (state.launches?.take() === false) {
      record.retryAt = state.at + state.timing.retry;
      return;
    }
    const reason = launchTask(state, record, definition, primary);
    if (reason === undefined) continue;
    const advice = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
    addEvent(state, record, `was unable to place a task. Reason: ${reason} ${advice}`);
    recordFailure(state, record, primary);
  }
}

/**
 * Stops surplus tasks, and old ones as new ones are up: first those that are not up. Below `minimumHealthyPercent` 100, it
 * stops old ones before.
 */
function stopSurplus(state: EcsState, record: ServiceRecord): void {
  const [primary, ...older] = record.deployments;
  if (!primary) return;
  const { desiredCount, deploymentConfiguration } = record.service;
  if (keepsOld(primary)) {
    for (const one of older.filter(({ deployment }) => deployment.rolloutState !== 'COMPLETED')) {
      const reason = 'Scaling activity initiated by the service scheduler';
      for (const task of liveTasks(state, record, one)) stopTask(state, task, reason);
    }
    const surplus = [primary, ...older].flatMap((one) => liveTasks(state, record, one).slice(desiredCount));
    for (const task of surplus) stopTask(state, task, 'Scaling activity initiated by the service scheduler');
    forgetEnded(state, record, primary);
    return;
  }
  const least = Math.ceil((desiredCount * (deploymentConfiguration?.minimumHealthyPercent ?? 100)) / 100);
  const live = liveTasks(state, record, primary);
  const up = live.filter(({ isUp }) => isUp).length;
  const failed = older.filter(({ deployment }) => deployment.rolloutState === 'FAILED');
  const others = older.filter((one) => !failed.includes(one)).flatMap((one) => liveTasks(state, record, one));
  const surplus = Math.max(others.length - Math.max(least - up, 0), 0);
  const ending = [
    ...live.slice(desiredCount),
    ...failed.flatMap((one) => liveTasks(state, record, one)),
    ...others.toSorted((a, b) => Number(a.isUp) - Number(b.isUp)).slice(0, surplus),
  ];
  for (const task of ending) stopTask(state, task, 'Scaling activity initiated by the service scheduler');
  forgetEnded(state, record, primary);
}

function forgetEnded(state: EcsState, record: ServiceRecord, primary: DeploymentRecord): void {
  record.deployments = record.deployments.filter(
    (one) => one === primary || tasksOf(state, record, one).some(({ task }) => task.lastStatus !== 'STOPPED'),
  );
}

function completeRollout(state: EcsState, record: ServiceRecord): void {
  const [primary, ...older] = record.deployments;
  if (primary?.deployment.rolloutState !== 'IN_PROGRESS' || older.length > 0 || keepsOld(primary)) return;
  const up = liveTasks(state, record, primary).filter(({ isUp }) => isUp).length;
  if (up < record.service.desiredCount) return;
  const { id, taskDefinition } = primary.deployment;
  primary.deployment.rolloutState = 'COMPLETED';
  primary.deployment.rolloutStateReason = `ECS deployment ${id} completed.`;
  const isBack = primary.history.status === 'ROLLBACK_IN_PROGRESS';
  Object.assign(primary.history, { status: isBack ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL', finishedAt: date(state.at) });
  record.completed = { id, taskDefinition, settings: primary.settings, group: groupOf(record, primary) };
  addEvent(state, record, 'has reached a steady state.');
}

/** Returns the target group that the tasks of a completed deployment are in. */
function groupOf({ service, completed }: ServiceRecord, { deployment, shift }: DeploymentRecord): string | undefined {
  if (completed?.id === deployment.id) return completed.group;
  return shift?.group ?? service.loadBalancers?.[0]?.targetGroupArn;
}

function updateCounts(state: EcsState, record: ServiceRecord): void {
  let running = 0;
  let pending = 0;
  for (const one of record.deployments) {
    const tasks = tasksOf(state, record, one).map(({ task }) => task);
    const up = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
    const coming = tasks.filter(({ lastStatus }) => lastStatus === 'PROVISIONING' || lastStatus === 'PENDING').length;
    const isPrimary = one.deployment.status === 'PRIMARY' && one.deployment.rolloutState !== 'FAILED';
    Object.assign(one.deployment, {
      runningCount: up,
      pendingCount: coming,
      desiredCount: isPrimary ? record.service.desiredCount : 0,
    });
    running += up;
    pending += coming;
  }
  Object.assign(record.service, { runningCount: running, pendingCount: pending });
}

/** Adds an event in front, and keeps as many as ECS does. */
function addEvent(state: EcsState, record: ServiceRecord, message: string): void {
  const text = `(service ${record.service.serviceName}) ${message}`;
  const event = { id: nextId(state, 32), createdAt: date(state.at), message: text };
  record.service.events = [event, ...(record.service.events ?? [])].slice(0, MAX_EVENTS);
}

function hasRoom(state: EcsState, record: ServiceRecord): boolean {
  const { deploymentConfiguration, desiredCount } = record.service;
  if (record.deployments[0]?.shift) return true; // both revisions run with all of their tasks
  const most = Math.floor((desiredCount * (deploymentConfiguration?.maximumPercent ?? 200)) / 100);
  return tasksOf(state, record).filter(({ task }) => task.desiredStatus === 'RUNNING').length < most;
}

function tasksOf(state: EcsState, { service }: ServiceRecord, of?: DeploymentRecord): TaskRecord[] {
  const tasks = state.tasks.of(service.serviceArn);
  return of ? tasks.filter(({ task }) => task.startedBy === of.deployment.id) : tasks;
}

function liveTasks(state: EcsState, record: ServiceRecord, of: DeploymentRecord): TaskRecord[] {
  return tasksOf(state, record, of).filter(({ task }) => task.desiredStatus === 'RUNNING');
}
