import type { ComputeStatus, ContainerStatus, Endpoint, ProvisionResult } from '../../compute/results.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { LOOPBACK, probedPort } from './ports.ts';
import { type AssignedPort, type Instance, openStepsOf, type TenantRecord } from './records/record.ts';
import { isOnce, waitingText } from './records/start-order.ts';

/** Run ids of a record: those whose processes are in the process table. */
export type Alive = ReadonlySet<string>;

/** What a status shows that is not in the record. */
export interface Shown {
  /** The run ids of processes that a signal stopped. */
  paused?: ReadonlySet<string>;
  /** Turns a time of a record into a date. */
  toDate?: (time: number) => Date;
}

export function toStatus(record: TenantRecord, provider: string, alive: Alive, shown: Shown = {}): ComputeStatus {
  const containers = record.instances.map((instance) => toContainerStatus(record, instance, alive, shown));
  return {
    tenant_id: record.tenant_id,
    provider_type: provider,
    state: toState(record, containers),
    containers,
    health: toHealth(record, containers),
    endpoints: toEndpoints(record.spec, record.instances),
    last_updated: new Date().toISOString(),
    metadata: toMetadata(record),
  };
}

export function toProvisionResult(record: TenantRecord, provider: string): ProvisionResult {
  const open_steps = openStepsOf(record);
  const done = record.phase === 'serving' && !open_steps;
  return {
    tenant_id: record.tenant_id,
    provider_type: provider,
    status: done ? 'success' : 'in_progress',
    resource_ids: Object.fromEntries(
      record.instances.map(({ container, id }) => [`containers/${container}`, `process:${id}`]),
    ),
    endpoints: toEndpoints(record.spec, record.instances),
    message: done
      ? 'all containers are ready'
      : open_steps
        ? `waiting for ${open_steps}`
        : 'some containers are not ready yet',
    provisioned_at: new Date(record.provisioned_at).toISOString(),
  };
}

export function toEndpoints(spec: TenantComputeSpec, instances: readonly Instance[]): Endpoint[] {
  return instances.flatMap(({ container: name, ports }) => {
    const container = spec.containers.find((candidate) => candidate.name === name);
    return ports.filter(({ published }) => published).map((port) => toEndpoint(port, ports, container));
  });
}

function toEndpoint(
  port: AssignedPort,
  ports: readonly AssignedPort[],
  container: ContainerSpec | undefined,
): Endpoint {
  const { host_port, protocol } = port;
  const check = container?.health_check;
  const isProbed = check?.type === 'http' && probedPort(check, ports) === host_port;
  const isHttp = protocol === 'tcp' && (isProbed || port.name?.startsWith('http'));
  const endpoint = { address: LOOPBACK, port: host_port };
  const name = port.name === undefined ? {} : { name: port.name };
  if (!isHttp) return { type: protocol, ...endpoint, ...name };
  return { type: 'http', ...endpoint, url: `http://${LOOPBACK}:${host_port}`, ...name };
}

export function toContainerStatus(
  record: TenantRecord,
  instance: Instance,
  alive: Alive,
  { paused, toDate = (time) => new Date(time) }: Shown = {},
): ContainerStatus {
  const { container: name, restart_count } = instance;
  const base = { name, restart_count, ready: false };
  if (record.phase === 'destroying') return { ...base, state: 'stopping', message: '' };
  if (record.phase === 'stopped') return { ...base, state: stoppedState(record), message: '' };
  if (record.phase === 'failed') return { ...base, state: 'failed', message: lastErrorOf(instance) };
  if (instance.completed) return { ...base, state: 'stopped', ready: true, message: '' };
  const waiting = waitingText(record, instance);
  if (waiting) return { ...base, state: 'starting', message: waiting };
  if (!instance.run || !alive.has(instance.run.run_id)) {
    const when = instance.next_start_at && `restarts at ${toDate(instance.next_start_at).toISOString()}`;
    const message = [lastErrorOf(instance), when ?? 'is about to start'].filter(Boolean).join('; ');
    return { ...base, state: 'starting', message };
  }
  const { ready, health_error, run } = instance;
  if (paused?.has(run.run_id)) return { ...base, state: 'stopped', message: 'its process is paused (SIGSTOP)' };
  if (isOnce(record, instance)) return { ...base, state: 'starting', message: 'it runs once, and has not ended yet' };
  const message = ready || !health_error ? '' : `health check: ${health_error}`;
  return { ...base, state: ready || run.was_ready ? 'running' : 'starting', ready, message };
}

/** Returns the last errors of an instance as readable text; empty if it had none. */
export function lastErrorOf({ start_error, last_exit, health_error }: Instance): string {
  return start_error ?? [health_error && `health check: ${health_error}`, last_exit].filter(Boolean).join('; ');
}

function stoppedState({ stopping }: TenantRecord): 'stopped' | 'stopping' {
  return stopping.length === 0 ? 'stopped' : 'stopping';
}

function toState(record: TenantRecord, containers: readonly ContainerStatus[]): ComputeStatus['state'] {
  const { phase } = record;
  if (phase === 'destroying') return 'stopping';
  if (phase === 'stopped') return stoppedState(record);
  if (phase === 'failed') return 'failed';
  const isUp = ({ state, ready }: ContainerStatus) => state === 'running' || (state === 'stopped' && ready);
  return phase === 'serving' && containers.every(isUp) ? 'running' : 'starting';
}

function toHealth({ phase, instances }: TenantRecord, containers: readonly ContainerStatus[]): ComputeStatus['health'] {
  if (phase === 'destroying' || phase === 'stopped') return 'unknown';
  if (phase === 'failed') return 'unhealthy';
  if (containers.every(({ ready }) => ready)) return 'healthy';
  return instances.some(({ was_ready }, index) => was_ready && !containers[index]?.ready) ? 'unhealthy' : 'unknown';
}

function toMetadata(record: TenantRecord): Record<string, string> {
  const { phase, spec_hash, rollout, failure, incarnation, restart } = record;
  const open_steps = openStepsOf(record);
  const pending = rollout?.spec_hash ?? (phase === 'starting' ? spec_hash : undefined);
  const pendingRestart = rollout?.restart ?? (phase === 'starting' ? restart : undefined);
  return {
    ...(incarnation && { incarnation }),
    ...(phase === 'serving' && { spec_hash }),
    ...(pending && { pending_spec_hash: pending }),
    ...(phase === 'stopped' && { stopped: 'true' }),
    ...(phase === 'serving' && restart && { restart }),
    ...(pendingRestart && { pending_restart: pendingRestart }),
    ...(failure && (failure.restart ? { failed_restart: failure.restart } : { failed_spec_hash: failure.spec_hash })),
    ...(failure && { failure: failure.message }),
    ...(open_steps && { open_steps }),
  };
}
