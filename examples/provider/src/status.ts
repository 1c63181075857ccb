import {
  type ComputeStatus,
  type ContainerSpec,
  type ContainerStatus,
  type Endpoint,
  hiddenInLogs,
  INCARNATION_LABEL,
  redactor,
  type TenantState,
} from 'berth/provider';
import type { Allocation, PlacementFailure, PortMapping, TaskState } from './api.ts';
import { labelOf, labelsOf } from './job.ts';
import type { Observation, Version } from './observe.ts';

/** What Nomad tells of a tenant's allocations beside its versions. */
export interface Facts {
  allocations: readonly Allocation[];
  /** Ports on nodes, and results of health checks (`success`, `failure`, `pending`), by the id of the allocation. */
  ports: ReadonlyMap<string, readonly PortMapping[]>;
  checks: ReadonlyMap<string, readonly string[]>;
  /** Groups that no node could take. */
  unplaced: Readonly<Record<string, PlacementFailure>>;
}

export function toStatus(provider: string, observation: Observation, facts: Facts, now: number): ComputeStatus {
  const { current, serving, pending, failed } = observation;
  const shown = serving ?? pending ?? current;
  const containers = shown.spec.containers.map((container) => toContainerStatus(container, shown, facts));
  const state = toState(observation, containers, facts);
  const incarnation = labelsOf(current.job)[INCARNATION_LABEL];
  const hide = redactor(
    [current, shown, failed].flatMap((one) => one?.spec.containers ?? []).flatMap(({ env }) => hiddenInLogs(env)),
  );
  const isRestart = failed && failed.spec_hash === serving?.spec_hash && failed.restart !== serving.restart;
  const metadata = {
    incarnation,
    stopped: current.stopped ? 'true' : undefined,
    spec_hash: serving?.spec_hash,
    restart: serving?.restart,
    pending_spec_hash: pending?.spec_hash,
    pending_message: pending && hide(toPendingMessage(observation, pending, facts)).slice(0, 1500),
    pending_restart: pending?.restart === serving?.restart ? undefined : pending?.restart,
    failed_spec_hash: isRestart ? undefined : failed?.spec_hash,
    failed_restart: isRestart ? failed.restart : undefined,
    failure: failed && hide(toFailure(failed, facts)),
  };
  return {
    tenant_id: current.spec.tenant_id,
    provider_type: provider,
    state,
    containers: containers.map((one) => ({ ...one, message: hide(one.message) })),
    health: toHealth(state, containers),
    endpoints: serving ? toEndpoints(serving, facts) : [],
    last_updated: new Date(now).toISOString(),
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}

/** What a health check fails with, in a status. */
const FAILS = 'its health check fails';

/** A check without a result yet, after a restart, makes the health unknown. */
function toHealth(state: TenantState, containers: readonly ContainerStatus[]): ComputeStatus['health'] {
  if (state !== 'running') return state === 'failed' ? 'unhealthy' : 'unknown';
  if (containers.every(({ ready }) => ready)) return 'healthy';
  return containers.some((one) => one.state !== 'running' || one.message === FAILS) ? 'unhealthy' : 'unknown';
}

function toState(
  { current, serving, pending }: Observation,
  containers: readonly ContainerStatus[],
  facts: Facts,
): TenantState {
  if (current.stopped || current.job.Stop) return facts.allocations.some(isAlive) ? 'stopping' : 'stopped';
  if (!serving) return pending ? 'starting' : 'failed';
  if (containers.some(({ state }) => state === 'running')) return 'running';
  return containers.some(({ state }) => state === 'starting') ? 'starting' : 'failed';
}

/** True while a task of the allocation may run. `ClientStatus` is what the node reported last. */
function isAlive({ ClientStatus }: Allocation): boolean {
  return ClientStatus === 'pending' || ClientStatus === 'running' || ClientStatus === 'unknown';
}

/** Returns the allocation of a container that serves: the newest that should run and is no canary; else the newest. */
export function servingAllocation({ name }: ContainerSpec, { allocations }: Pick<Facts, 'allocations'>) {
  const own = newestFirst(allocations.filter(({ TaskGroup }) => TaskGroup === name));
  return own.find((one) => one.DesiredStatus === 'run' && !one.DeploymentStatus?.Canary) ?? own[0];
}

function newestFirst(allocations: readonly Allocation[]): Allocation[] {
  return allocations.toSorted((a, b) => b.CreateIndex - a.CreateIndex);
}

function toContainerStatus(container: ContainerSpec, { stopped }: Version, facts: Facts): ContainerStatus {
  const { name } = container;
  const allocation = servingAllocation(container, facts);
  const task = allocation?.TaskStates?.[name];
  const state = stopped ? 'stopped' : toContainerState(allocation, task);
  const checks = facts.checks.get(allocation?.ID ?? '') ?? [];
  const ready = state === 'running' && checks.every((check) => check === 'success');
  const message = ready || stopped ? '' : waitOf(container, allocation, facts);
  return { name, state, ready, restart_count: task?.Restarts ?? 0, message };
}

function toContainerState(allocation: Allocation | undefined, task: TaskState | undefined): TenantState {
  if (!allocation) return 'starting';
  if (allocation.ClientStatus === 'running' && task?.State === 'running') return 'running';
  return isAlive(allocation) && task?.State !== 'dead' ? 'starting' : 'failed';
}

/** Returns why a container is not ready, in words. */
function waitOf({ name }: ContainerSpec, allocation: Allocation | undefined, { unplaced, checks }: Facts): string {
  const unplacedFor = unplaced[name];
  if (!allocation)
    return unplacedFor ? `no node can take it: ${describePlacement(unplacedFor)}` : 'it waits for a node';
  if (allocation.ClientStatus === 'lost' || allocation.ClientStatus === 'unknown') return 'its node does not respond';
  const event = describeTask(allocation.TaskStates?.[name]);
  if (event) return event;
  if (allocation.ClientStatus === 'pending') return 'its node prepares it';
  return checks.get(allocation.ID)?.includes('failure') ? FAILS : 'it has to stay healthy for a while';
}

/** The events of https://developer.hashicorp.com/nomad/api-docs/allocations that tell why a task does not run. */
const TROUBLE = new Set(['Driver Failure', 'Setup Failure', 'Failed Validation', 'Not Restarting', 'Terminated']);

/** Returns the last trouble of a task in words; undefined if it had none. */
export function describeTask(task: TaskState | undefined): string | undefined {
  const events = task?.State === 'running' ? [] : (task?.Events ?? []).filter(({ Type }) => TROUBLE.has(Type));
  // `Not Restarting` only says that Nomad gave up: the event before it tells why.
  const last = events.findLast(({ Type }) => Type !== 'Not Restarting') ?? events.at(-1);
  if (!last) return undefined;
  const { exit_code, oom_killed, signal } = last.Details ?? {};
  if (last.Type !== 'Terminated') return last.DisplayMessage;
  if (oom_killed === 'true') return 'it was killed because it used more than its memory';
  return signal && signal !== '0'
    ? `it was killed by signal ${signal}`
    : `it ended with code ${exit_code ?? 'unknown'}`;
}

export function describePlacement({
  NodesEvaluated,
  DimensionExhausted,
  ConstraintFiltered,
}: PlacementFailure): string {
  const counts = [
    ...Object.entries(DimensionExhausted ?? {}).map(([what, nodes]) => `${nodes} without enough ${what}`),
    ...Object.entries(ConstraintFiltered ?? {}).map(([what, nodes]) => `${nodes} excluded by ${what}`),
  ];
  return NodesEvaluated === 0 ? 'none is eligible' : `of ${NodesEvaluated} nodes ${counts.join(', ') || 'none fits'}`;
}

function toPendingMessage({ serving, failed }: Observation, pending: Version, facts: Facts): string {
  if (failed === pending) return 'Nomad returns to the version before';
  if (serving?.change === pending.change) return 'Nomad has returned to the version before';
  const waits = pending.spec.containers.flatMap((container) => {
    const [allocation] = allocationsOf(pending, container, facts);
    return allocation?.DeploymentStatus?.Healthy ? [] : [`${container.name}: ${waitOf(container, allocation, facts)}`];
  });
  return waits.join('; ') || 'Nomad ends the deployment';
}

function toFailure(failed: Version, facts: Facts): string {
  const causes = failed.spec.containers.flatMap((container) => {
    const events = allocationsOf(failed, container, facts).map(({ TaskStates }) =>
      describeTask(TaskStates?.[container.name]),
    );
    const event = events.find((one) => one !== undefined);
    return event ? [`container ${container.name}: ${event}`] : [];
  });
  const { StatusDescription = 'Nomad did not start it' } = failed.deployment ?? {};
  return [...causes, StatusDescription].join('; ').slice(0, 1000);
}

function allocationsOf({ number }: Version, { name }: ContainerSpec, { allocations }: Facts): Allocation[] {
  return newestFirst(allocations.filter(({ TaskGroup, JobVersion }) => TaskGroup === name && JobVersion === number));
}

export function toEndpoints({ spec }: Version, facts: Facts): Endpoint[] {
  return spec.containers.flatMap((container) => {
    const allocation = servingAllocation(container, facts);
    const mapped = allocation?.ClientStatus === 'running' ? (facts.ports.get(allocation.ID) ?? []) : [];
    return (container.ports ?? []).flatMap(({ container_port, protocol, name }): Endpoint[] => {
      const found = mapped.find(({ Label }) => Label === labelOf(container_port));
      if (!found) return [];
      const endpoint = { address: found.HostIP, port: found.Value, ...(name && { name }) };
      const isHttp = name?.startsWith('http') || container.health_check?.type === 'http';
      if (protocol !== 'tcp' || !isHttp) return [{ type: protocol, ...endpoint }];
      const host = found.HostIP.includes(':') ? `[${found.HostIP}]` : found.HostIP;
      return [{ type: 'http', ...endpoint, url: `http://${host}:${found.Value}` }];
    });
  });
}
