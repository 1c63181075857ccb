import type Docker from 'dockerode';
import type { ComputeStatus, ContainerStatus, Endpoint, ProvisionResult, TenantState } from '../../compute/results.ts';
import { HTTP_PORTS_LABEL } from './labels.ts';
import type { Names } from './names.ts';
import { isAttended, type TenantRecord } from './records/record.ts';
import type { Observation } from './rollout/observe.ts';

/** Where observations are told of. */
export interface StatusContext {
  provider: string;
  tenantId: string;
  /** The address that endpoints are told with. */
  address: string;
}

/** A tenant's status, from its record and from what the engine says of the version that serves (or else of the one that comes). */
export function toStatus(
  site: StatusContext,
  record: TenantRecord | undefined,
  observations: readonly Observation[],
): ComputeStatus {
  const { failure, serving, rollout, displaced = [] } = record ?? {};
  const hasFailed = failure && !serving && !rollout;
  const containers = hasFailed
    ? troubled(failure.troubles)
    : observations.map((observation) =>
        !serving && rollout?.state === 'starting' && !observation.inspected
          ? unmade(observation)
          : toContainerStatus(observation, displaced),
      );
  const state = toState(record, containers);
  return {
    tenant_id: site.tenantId,
    provider_type: site.provider,
    state,
    containers:
      state === 'stopping' ? containers.map((container) => ({ ...container, state, ready: false })) : containers,
    health: toHealth(state, containers, observations),
    endpoints: toEndpoints(site, observations),
    last_updated: new Date().toISOString(),
    metadata: toMetadata(record),
  };
}

export function toProvisionResult(
  { provider, tenantId, address }: StatusContext,
  names: Names,
  record: TenantRecord,
  observations: readonly Observation[],
): ProvisionResult {
  const done = record.rollout === undefined;
  const containers = observations.map(({ instance }) => [
    `containers/${instance.container}`,
    names.container(instance.container, instance.number),
  ]);
  return {
    tenant_id: tenantId,
    provider_type: provider,
    status: done ? 'success' : 'in_progress',
    resource_ids: { network: names.network, ...Object.fromEntries(containers) },
    endpoints: toEndpoints({ provider, tenantId, address }, observations),
    message: done ? 'all containers are up' : 'the containers are not all ready yet',
    provisioned_at: new Date(record.provisioned_at).toISOString(),
  };
}

/** Of a first version, before the engine has its image. */
function unmade({ instance }: Observation): ContainerStatus {
  const message = 'it has not been made yet, because an image is still being pulled or could not be';
  return { name: instance.container, state: 'starting', ready: false, restart_count: 0, message };
}

function toContainerStatus(
  { instance, state, ready, message, inspected }: Observation,
  displaced: readonly string[],
): ContainerStatus {
  const base = { name: instance.container, ready, restart_count: inspected?.RestartCount ?? 0 };
  const isDisplaced = state !== 'running' && displaced.includes(inspected?.Name.slice(1) ?? '');
  if (!isDisplaced) return { ...base, state, message };
  return { ...base, state: 'starting', message: 'it was stopped because the new version needs its port' };
}

function troubled(troubles: Record<string, string>): ContainerStatus[] {
  return Object.entries(troubles).map(([name, message]) => ({
    name,
    state: 'failed',
    ready: false,
    restart_count: 0,
    message,
  }));
}

function toState(record: TenantRecord | undefined, containers: readonly ContainerStatus[]): TenantState {
  if (!record) return 'unknown'; // its record was removed: what still runs is adopted by the next provision
  const { destroying, serving, rollout } = record;
  if (destroying) return 'stopping';
  if (!serving) return !rollout ? 'failed' : isAttended(record) ? 'starting' : 'unknown';
  const states = new Set(containers.map(({ state }) => state));
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

/** From what was asked of the engine when the containers were made, so that they are the same whether they run or not. */
function toEndpoints({ address }: StatusContext, observations: readonly Observation[]): Endpoint[] {
  return observations.flatMap(({ inspected }) => (inspected ? endpointsOf(inspected, address) : []));
}

function endpointsOf({ HostConfig, Config }: Docker.ContainerInspectInfo, address: string): Endpoint[] {
  const http = new Set((Config.Labels[HTTP_PORTS_LABEL] ?? '').split(','));
  const bindings: Record<string, { HostPort?: string }[]> = HostConfig.PortBindings ?? {};
  return Object.entries(bindings).flatMap(([key, [binding]]) => {
    const [containerPort = '', type = 'tcp'] = key.split('/');
    const endpoint = { type, address, port: Number(binding?.HostPort ?? 0) };
    if (type !== 'tcp' || !http.has(containerPort)) return [endpoint];
    const host = address.includes(':') ? `[${address}]` : address;
    return [{ ...endpoint, type: 'http', url: `http://${host}:${endpoint.port}` }];
  });
}

function toMetadata(record: TenantRecord | undefined): Record<string, string> {
  if (!record) return {};
  const { serving, rollout, failure } = record;
  return {
    ...(serving?.spec_hash && { spec_hash: serving.spec_hash }),
    // Nobody is at work on one that is not attended: whoever wants it has to ask for it again.
    ...(rollout && isAttended(record) && { pending_spec_hash: rollout.spec_hash }),
    ...(failure && { failed_spec_hash: failure.spec_hash, failure: failure.message }),
  };
}
