import type { Container, Task } from '@aws-sdk/client-ecs';
import { INCARNATION_LABEL } from '../../../compute/labels.ts';
import type { ComputeStatus, ContainerStatus, Health, TenantState } from '../../../compute/results.ts';
import { type RouteState, routeStateOf } from '../address/route-state.ts';
import { onceIn } from '../order/start-order.ts';
import type { ProviderContext } from '../provider-context.ts';
import { readRecord, type TagMap } from '../tags.ts';
import { settingsToApply } from './applied-settings.ts';
import { endpointsOf } from './endpoints.ts';
import { isCrashLooping } from './glance.ts';
import type { Observation, ObservedRollout } from './observe.ts';
import { endOf, hasSucceeded, NOT_ENDED } from './once.ts';
import { pendingOf } from './pending.ts';
import { brokenTasks, failureReason, troubleOf } from './reasons.ts';
import { hasOpenSteps, type RolloutState } from './rollout-state.ts';
import { readRestart } from './run-state.ts';
import type { TenantService } from './service.ts';

const STALE_ADDRESS = 'the removal of the rule and the target group of before';
const OPEN_STEPS = 'the removal of old task definitions, and new tags of the service';

/** Builds the status of a tenant with an active service. */
export function toComputeStatus(
  context: ProviderContext,
  tenantId: string,
  observation: Observation,
  rollout: RolloutState,
): ComputeStatus {
  const shown = rollout.serving ?? rollout.pending ?? observation.rollouts[0];
  const tasks = tasksOf(observation.running, shown);
  const state = stateOf(observation, rollout, tasks);
  const failed = rollout.failed ?? failedRestart(observation, rollout);
  const route = routeStateOf(observation, context.settings.gateway !== undefined);
  const failure = failed ? failureReason(failed, observation) : route.failed;
  const message = state === 'running' ? '' : (failure ?? troubleOf(observation));
  const definitions = shown?.revision?.containers ?? [];
  const once = onceIn(definitions);
  const containers = definitions.map(({ name = '', healthCheck }) =>
    once.has(name)
      ? toOnceStatus(name, tasks, { state, message })
      : toContainerStatus(name, healthCheck !== undefined, tasks, { state, message }),
  );
  return {
    ...inertStatus(context, tenantId, state),
    containers,
    health: isDown(state, rollout) ? 'unhealthy' : healthOf(state, containers, shown, tasks),
    endpoints: state === 'running' ? endpointsOf(observation, rollout.serving, context.settings) : [],
    metadata: {
      ...toMetadata(context, observation, rollout, { failure, route }),
      ...(isCrashLooping(observation.service, context.now()) && { crash_loop: 'true' }),
    },
  };
}

/** A restart that failed runs the task definition that serves, so the state of the rollout does not show it. */
function failedRestart(observation: Observation, rollout: RolloutState): RolloutState['failed'] {
  return 'failed_restart' in readRestart(observation, rollout) ? observation.failed : undefined;
}

/** Builds the status of a service that is being removed: DRAINING until its last task has stopped. */
export function toStoppingStatus(
  context: ProviderContext,
  tenantId: string,
  { service, tags }: TenantService,
): ComputeStatus {
  const left = String(service.runningCount ?? 0);
  const metadata = { service: service.serviceArn ?? '', tasks_left: left, ...lifeOf(tags) };
  return { ...inertStatus(context, tenantId, 'stopping'), metadata };
}

/** Builds a status without containers. It is the whole status of a tenant of which only task definitions are left. */
export function inertStatus({ provider, now }: ProviderContext, tenantId: string, state: TenantState): ComputeStatus {
  return {
    tenant_id: tenantId,
    provider_type: provider,
    state,
    containers: [],
    health: 'unknown',
    endpoints: [],
    last_updated: new Date(now()).toISOString(),
    metadata: {},
  };
}

function stateOf(observation: Observation, { serving, failed }: RolloutState, tasks: readonly Task[]): TenantState {
  if ((observation.service.desiredCount ?? 0) === 0) return 'stopped';
  if (!serving) return failed ? 'failed' : 'starting';
  const isUp = (serving.deployment.runningCount ?? 0) > 0 || tasks.some(({ lastStatus }) => lastStatus === 'RUNNING');
  if (isUp) return 'running';
  return tasks.length === 0 && brokenTasks(observation).length > 0 ? 'failed' : 'starting';
}

/** Returns the tasks of a deployment, or those that replaced them after the service was described. */
function tasksOf(tasks: readonly Task[], rollout: ObservedRollout | undefined): readonly Task[] {
  const own = tasks.filter(({ taskDefinitionArn }) => taskDefinitionArn === rollout?.deployment.taskDefinition);
  return own.length > 0 ? own : tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
}

/** Merges one container's state over all tasks: the task that is furthest counts. */
function toContainerStatus(
  name: string,
  isChecked: boolean,
  tasks: readonly Task[],
  tenant: { state: TenantState; message: string },
): ContainerStatus {
  const instances = tasks.flatMap(({ containers = [] }) => containers.filter((container) => container.name === name));
  const states = instances.map(toContainerState);
  const running = instances.filter((_, index) => states[index] === 'running');
  const ready = running.filter(({ healthStatus }) => !isChecked || healthStatus === 'HEALTHY');
  const state =
    running.length > 0 ? 'running' : (states[0] ?? (tenant.state === 'running' ? 'starting' : tenant.state));
  const unready = running.length > 0 && ready.length === 0 ? 'its health check has not succeeded yet' : '';
  return {
    name,
    state,
    ready: ready.length > 0,
    restart_count: 0,
    message: instances.find(({ reason }) => reason)?.reason ?? (unready || tenant.message),
  };
}

/** Each task runs it. It is ready if it has ended with code 0 in one of them. */
function toOnceStatus(
  name: string,
  tasks: readonly Task[],
  tenant: { state: TenantState; message: string },
): ContainerStatus {
  const instances = tasks.flatMap(({ containers = [] }) => containers.filter((container) => container.name === name));
  const base = { name, restart_count: 0 };
  if (instances.some(hasSucceeded)) return { ...base, state: 'stopped', ready: true, message: '' };
  const isRunning = instances.some(({ lastStatus }) => lastStatus === 'RUNNING');
  if (isRunning) return { ...base, state: 'starting', ready: false, message: NOT_ENDED };
  const failed = instances.find(({ lastStatus, exitCode }) => lastStatus === 'STOPPED' && exitCode !== 0);
  const state = failed ? 'failed' : tenant.state === 'running' ? 'starting' : tenant.state;
  return { ...base, state, ready: false, message: failed ? endOf(failed) : tenant.message };
}

function toContainerState({ lastStatus }: Container): TenantState {
  if (lastStatus === 'RUNNING') return 'running';
  return lastStatus === 'STOPPED' ? 'failed' : 'starting';
}

/** A tenant is down if its rollout failed, or if the tasks of the serving version stopped and new ones only start. */
function isDown(state: TenantState, { serving }: RolloutState): boolean {
  return state === 'failed' || (state === 'starting' && serving !== undefined);
}

/** Only containers with a health check count. Of others, ECS knows just that they run. */
function healthOf(
  state: TenantState,
  containers: readonly ContainerStatus[],
  shown: ObservedRollout | undefined,
  tasks: readonly Task[],
): Health {
  if (tasks.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return 'unhealthy';
  const checked = (shown?.revision?.containers ?? []).filter(({ healthCheck }) => healthCheck).map(({ name }) => name);
  const isReady = (name: string | undefined) =>
    containers.some((container) => container.name === name && container.ready);
  return state === 'running' && checked.length > 0 && checked.every(isReady) ? 'healthy' : 'unknown';
}

/**
 * While tasks of another version still run beside the serving one, such as during a rollback, the serving version counts as
 * pending: ECS stops them by itself.
 */
function toMetadata(
  context: ProviderContext,
  observation: Observation,
  rollout: RolloutState,
  { failure, route }: { failure: string | undefined; route: RouteState },
): Record<string, string> {
  const { serving, pending, failed } = rollout;
  const restart: Record<string, string> = readRestart(observation, rollout);
  const { service } = observation;
  const definition = (serving ?? pending)?.deployment.taskDefinition;
  const isAlone = observation.rollouts.every((one) => one === serving || (one.deployment.runningCount ?? 0) === 0);
  const awaited = pending ?? (isAlone && !route.awaited ? undefined : serving);
  const isInterrupted = serving && hasOpenSteps(observation, serving);
  const isStale = readRecord(observation.tags)?.fields.has('stale_address');
  const address = isStale ? STALE_ADDRESS : route.lost;
  const unapplied = serving && (settingsToApply(observation.tags, context.settingsDigest) ?? address);
  const openSteps = isInterrupted ? OPEN_STEPS : unapplied;
  const blamed = failed ?? (route.failed ? serving : undefined);
  return {
    service: service.serviceArn ?? '',
    ...(definition && { task_definition: definition }),
    ...lifeOf(observation.tags),
    ...(serving?.specHash && { spec_hash: serving.specHash }),
    ...(awaited?.specHash && { pending_spec_hash: awaited.specHash }),
    ...(!pending && route.awaited && { pending_message: route.awaited }),
    ...(pending && pendingOf(observation, pending, context)),
    ...(openSteps && { open_steps: openSteps }),
    ...(blamed?.specHash && !restart.failed_restart && { failed_spec_hash: blamed.specHash }),
    ...(failure !== undefined && { failure }),
    ...restart,
  };
}

function lifeOf({ [INCARNATION_LABEL]: incarnation }: TagMap): { incarnation?: string } {
  return incarnation === undefined ? {} : { incarnation };
}
