import type { Container, Task } from '@aws-sdk/client-ecs';
import type { ComputeStatus, ContainerStatus, Endpoint, Health, TenantState } from '../../../compute/results.ts';
import type { Observation, ObservedRollout, TenantService } from './observe.ts';
import { brokenTasks, reasonOf, troubleOf } from './reasons.ts';
import type { RolloutState } from './rollout-state.ts';

/** What is known besides the observation. */
interface About {
  tenantId: string;
  provider: string;
  now: number;
  endpoints: Endpoint[];
}

/** What the provider answers of a tenant that has a service. */
export function toComputeStatus(observation: Observation, standing: RolloutState, about: About): ComputeStatus {
  const shown = standing.serving ?? standing.pending ?? observation.rollouts[0];
  const tasks = tasksOf(observation.running, shown);
  const state = stateOf(observation, standing, tasks);
  const message = state === 'running' ? '' : (failureOf(observation, standing) ?? troubleOf(observation));
  const containers = (shown?.revision?.containers ?? []).map(({ name = '', healthCheck }) =>
    toContainerStatus(name, healthCheck !== undefined, tasks, { state, message }),
  );
  return {
    tenant_id: about.tenantId,
    provider_type: about.provider,
    state,
    containers,
    health: isDown(state, standing) ? 'unhealthy' : healthOf(state, containers, shown, tasks),
    endpoints: state === 'running' ? about.endpoints : [],
    last_updated: new Date(about.now).toISOString(),
    metadata: toMetadata(observation, standing),
  };
}

/** The answer for a service that is being removed: DRAINING until its last task has ended. */
export function toStoppingStatus({ service }: TenantService, about: Omit<About, 'endpoints'>): ComputeStatus {
  return {
    tenant_id: about.tenantId,
    provider_type: about.provider,
    state: 'stopping',
    containers: [],
    health: 'unknown',
    endpoints: [],
    last_updated: new Date(about.now).toISOString(),
    metadata: { service: service.serviceArn ?? '', tasks_left: String(service.runningCount ?? 0) },
  };
}

function stateOf(observation: Observation, { serving, failed }: RolloutState, tasks: readonly Task[]): TenantState {
  const { desiredCount = 0 } = observation.service;
  if (desiredCount === 0) return 'stopped';
  if (!serving) return failed ? 'failed' : 'starting';
  const isUp = (serving.deployment.runningCount ?? 0) > 0 || tasks.some(({ lastStatus }) => lastStatus === 'RUNNING');
  if (isUp) return 'running';
  return tasks.length === 0 && brokenTasks(observation).length > 0 ? 'failed' : 'starting';
}

/** The tasks of a deployment; once they have given way since the service was described, those that took their place. */
function tasksOf(tasks: readonly Task[], rollout: ObservedRollout | undefined): readonly Task[] {
  const own = tasks.filter(({ taskDefinitionArn }) => taskDefinitionArn === rollout?.deployment.taskDefinition);
  return own.length > 0 ? own : tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
}

/** One container of all tasks: it is what it is in the task that is furthest. */
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

function toContainerState({ lastStatus }: Container): TenantState {
  if (lastStatus === 'RUNNING') return 'running';
  return lastStatus === 'STOPPED' ? 'failed' : 'starting';
}

/** What is to serve does not: its rollout failed, or its tasks have ended and new ones only start. */
function isDown(state: TenantState, { serving }: RolloutState): boolean {
  return state === 'failed' || (state === 'starting' && serving !== undefined);
}

/** Containers without a health check have no say: ECS knows only that they run. */
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

function failureOf(observation: Observation, { failed }: RolloutState): string | undefined {
  return failed && reasonOf(failed, observation);
}

function toMetadata(observation: Observation, standing: RolloutState): Record<string, string> {
  const { serving, pending, failed } = standing;
  const failure = failureOf(observation, standing);
  const definition = (serving ?? pending)?.deployment.taskDefinition;
  return {
    service: observation.service.serviceArn ?? '',
    ...(definition && { task_definition: definition }),
    ...(serving?.specHash && { spec_hash: serving.specHash }),
    ...(pending?.specHash && { pending_spec_hash: pending.specHash }),
    ...(failed?.specHash && { failed_spec_hash: failed.specHash }),
    ...(failure !== undefined && { failure }),
  };
}
