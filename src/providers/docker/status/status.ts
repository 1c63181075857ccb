import type Docker from 'dockerode';
import type {
  ComputeStatus,
  ContainerStatus,
  Endpoint,
  ProvisionResult,
  TenantState,
} from '../../../compute/results.ts';
import type { DockerConfig } from '../config.ts';
import { LABEL, portNamesOf } from '../labels.ts';
import type { Names } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type EngineState, isAlive } from '../records/engine-state.ts';
import { openStepsOf } from '../records/open-steps.ts';
import { isHostActive, type TenantRecord } from '../records/record.ts';
import type { Observation } from '../rollout/observe.ts';
import { NOT_CREATED } from '../rollout/pending.ts';

type StatusContext = Pick<ProviderContext, 'provider' | 'defaults'>;

/** Maps a tenant's state, and the observations of the version that serves (else of the rollout's), to its status. */
export function toStatus(
  { provider, defaults }: StatusContext,
  tenantId: string,
  engineState: EngineState,
  observations: readonly Observation[],
): ComputeStatus {
  const record = engineState.stored?.record;
  const { failure, serving, rollout, displaced = [] } = record ?? {};
  const hasFailed = failure && !serving && !rollout;
  const isStarting = !serving && rollout?.state === 'starting';
  if (record?.stopped) return toStoppedStatus({ provider, defaults }, tenantId, engineState, observations);
  const containers = hasFailed
    ? Object.entries(failure.troubles).map(([name, message]) => notReady(name, 'failed', message))
    : observations.map((observation) =>
        isStarting && !observation.inspected
          ? notReady(observation.instance.container, 'starting', NOT_CREATED)
          : toContainerStatus(observation, displaced),
      );
  const state = toState(record, containers);
  return {
    tenant_id: tenantId,
    provider_type: provider,
    state,
    containers:
      state === 'stopping' ? containers.map((container) => ({ ...container, state, ready: false })) : containers,
    health: toHealth(state, containers, observations),
    endpoints: toEndpoints(defaults, observations),
    last_updated: new Date().toISOString(),
    metadata: toMetadata(engineState),
  };
}

/** Maps a stopped tenant: `stopping` while a container of it runs. Its containers keep their ports, so their endpoints. */
function toStoppedStatus(
  { provider, defaults }: StatusContext,
  tenantId: string,
  engineState: EngineState,
  observations: readonly Observation[],
): ComputeStatus {
  const state = engineState.containers.some(isAlive) ? 'stopping' : 'stopped';
  return {
    tenant_id: tenantId,
    provider_type: provider,
    state,
    containers: observations.map(({ instance }) => notReady(instance.container, state, '')),
    health: 'unknown',
    endpoints: toEndpoints(defaults, observations),
    last_updated: new Date().toISOString(),
    metadata: { ...toMetadata(engineState), stopped: 'true' },
  };
}

export function toProvisionResult(
  { provider, defaults }: StatusContext,
  tenantId: string,
  names: Names,
  record: TenantRecord,
  observations: readonly Observation[],
): ProvisionResult {
  const isDone = record.rollout === undefined;
  const containers = observations.map(({ instance }) => [
    `containers/${instance.container}`,
    names.container(instance.container, instance.number),
  ]);
  return {
    tenant_id: tenantId,
    provider_type: provider,
    status: isDone ? 'success' : 'in_progress',
    resource_ids: { network: names.network, ...Object.fromEntries(containers) },
    endpoints: toEndpoints(defaults, observations),
    message: isDone ? 'all containers are ready' : 'some containers are not ready yet',
    provisioned_at: new Date(record.provisioned_at).toISOString(),
  };
}

function toContainerStatus(
  { instance, state, ready, message, inspected }: Observation,
  displaced: readonly string[],
): ContainerStatus {
  const base = { name: instance.container, ready, restart_count: inspected?.RestartCount ?? 0 };
  const isDisplaced = state !== 'running' && displaced.includes(inspected?.Name.slice(1) ?? '');
  if (!isDisplaced) return { ...base, state, message };
  return { ...base, state: 'starting', message: 'it was stopped because the new version needs its host port' };
}

function notReady(name: string, state: TenantState, message: string): ContainerStatus {
  return { name, state, ready: false, restart_count: 0, message };
}

function toState(record: TenantRecord | undefined, containers: readonly ContainerStatus[]): TenantState {
  if (!record) return 'unknown'; // the record was deleted: the next provision adopts the running containers
  const { destroying, serving, rollout } = record;
  if (destroying) return 'stopping';
  if (!serving && !rollout) return 'failed';
  if (!serving) return isHostActive(record) ? 'starting' : 'unknown';
  const lasting = containers.filter(({ state, ready }) => state !== 'stopped' || !ready); // the others ran once
  const states = new Set(lasting.map(({ state }) => state));
  for (const state of ['failed', 'stopped', 'stopping', 'starting'] as const) if (states.has(state)) return state;
  return 'running';
}

function toHealth(
  state: TenantState,
  containers: readonly ContainerStatus[],
  observations: readonly Observation[],
): ComputeStatus['health'] {
  if (state === 'failed' || observations.some(({ healthy }) => healthy === false)) return 'unhealthy';
  return state === 'running' && containers.every(({ ready }) => ready) ? 'healthy' : 'unknown';
}

/** Reads the ports that the containers were created with, so a stopped container keeps its endpoints. */
function toEndpoints(defaults: DockerConfig, observations: readonly Observation[]): Endpoint[] {
  const address = advertisedAddress(defaults);
  return observations.flatMap(({ inspected }) => (inspected ? endpointsOf(inspected, address) : []));
}

/** Returns the address that endpoints show. A wildcard address is replaced: no client can connect to it. */
function advertisedAddress({ advertise_address, publish_address, endpoint }: DockerConfig): string {
  if (advertise_address !== undefined) return advertise_address;
  if (publish_address !== '0.0.0.0' && publish_address !== '::') return publish_address;
  return endpoint?.startsWith('tcp://') ? new URL(endpoint).hostname : '127.0.0.1';
}

function endpointsOf({ HostConfig, Config }: Docker.ContainerInspectInfo, address: string): Endpoint[] {
  const http = new Set((Config.Labels[LABEL.httpPorts] ?? '').split(','));
  const names = new Map(portNamesOf(Config.Labels));
  const bindings: Record<string, { HostPort?: string }[]> = HostConfig.PortBindings ?? {};
  return Object.entries(bindings).flatMap(([key, [binding]]) => {
    const [containerPort = '', type = 'tcp'] = key.split('/');
    const name = names.get(key);
    const endpoint = { type, address, port: Number(binding?.HostPort ?? 0), ...(name && { name }) };
    if (type !== 'tcp' || !http.has(containerPort)) return [endpoint];
    const host = address.includes(':') ? `[${address}]` : address;
    return [{ ...endpoint, type: 'http', url: `http://${host}:${endpoint.port}` }];
  });
}

function toMetadata(state: EngineState): Record<string, string> {
  const record = state.stored?.record;
  if (!record) return {};
  const { serving, rollout, failure } = record;
  const open_steps = openStepsOf(state);
  return {
    ...(serving?.spec_hash && { spec_hash: serving.spec_hash }),
    // An expired rollout is not pending, but an open step: it continues only when its specification is requested again.
    ...(rollout && isHostActive(record) && { pending_spec_hash: rollout.spec_hash }),
    ...(open_steps && { open_steps }),
    ...(serving?.restart && { restart: serving.restart }),
    ...(rollout?.restart && isHostActive(record) && { pending_restart: rollout.restart }),
    ...(failure && (failure.restart ? { failed_restart: failure.restart } : { failed_spec_hash: failure.spec_hash })),
    ...(failure && { failure: failure.message }),
  };
}
