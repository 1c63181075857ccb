import { randomInt } from 'node:crypto';
import type { PortMapping } from '../../../compute/spec/spec.ts';
import type { DockerConfig } from '../config.ts';
import { ContainerFailureError, nameInUse, portInUse, toFailure } from '../engine/container-failure.ts';
import { ensureDataVolumes } from '../engine/data-volumes.ts';
import { EngineError } from '../engine/engine-error.ts';
import { needsProbe } from '../health-check.ts';
import { berthFilter, hostPortsOf, isTenants } from '../labels.ts';
import { limitsOf } from '../limits.ts';
import {
  type ContainerPlacement,
  hostPortKey,
  type PortBinding,
  toContainerOptions,
  toProbeOptions,
} from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import { containerOf, type EngineState, isAlive, type OwnedContainer, probeOf } from '../records/engine-state.ts';
import type { Instance, TenantRecord } from '../records/record.ts';
import { resolveSecrets } from '../secrets.ts';
import type { RolloutRequest } from './plan.ts';
import type { RolloutState } from './run-state.ts';

/**
 * Creates the missing containers and probes of a rollout, and starts none. Returns true if there were any. Throws
 * `ContainerFailureError` if one cannot be created.
 */
export async function createMissing(
  context: ProviderContext,
  request: RolloutRequest,
  state: RolloutState,
  network: string,
): Promise<boolean> {
  const { record } = state.stored;
  const missing = state.rollout.instances.flatMap((instance) => {
    const placement = toPlacement(context, request, instance, network);
    if (!placement || instance.completed) return [];
    const isProbed = needsProbe(placement.container.health_check);
    return [
      ...(containerOf(state, instance) ? [] : [{ placement, isProbe: false }]),
      ...(!isProbed || probeOf(state, instance) ? [] : [{ placement, isProbe: true }]),
    ];
  });
  if (missing.length === 0) return false;
  await ensureDataVolumes(context.engine, request.names, request.spec, context);
  const taken = await takenPorts(context, state, record);
  const { values: secrets } = await resolveSecrets(request.spec.secrets ?? [], context.defaults.secrets_directory);
  const creations = missing.map(({ placement, isProbe }) => {
    const { container, number } = placement.instance;
    const name = request.names.container(container, number);
    if (isProbe) return { name: request.names.probe(container, number), options: toProbeOptions(placement, name) };
    const bindings = (placement.container.ports ?? []).map((port) => bind(port, taken, context.defaults));
    const hasAlias = !isAlive(servingContainer(state, record, container));
    return { name, options: toContainerOptions(placement, { bindings, secrets, hasAlias }) };
  });
  // All creations settle before a failure is thrown, so that the cleanup finds every container.
  const results = await Promise.allSettled(
    creations.map(({ name, options }) => create(context, request, name, options)),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return true;
}

function toPlacement(
  { provider, origin }: ProviderContext,
  { spec, specHash, config, names }: RolloutRequest,
  instance: Instance,
  network: string,
): ContainerPlacement | undefined {
  const container = spec.containers.find(({ name }) => name === instance.container);
  const limits = limitsOf(spec).get(instance.container);
  if (!container || !limits) return undefined;
  return { provider, origin, spec, specHash, container, instance, config, limits, network, names };
}

/** Returns the container that holds the alias `name` until the rollout switches over. */
export function servingContainer(
  state: EngineState,
  { serving }: TenantRecord,
  name: string,
): OwnedContainer | undefined {
  const instance = serving?.instances.find(({ container }) => container === name);
  return instance && containerOf(state, instance);
}

/** Returns the host ports of all Berth containers on the engine. Stopped ones count: they keep their ports. */
async function takenPorts(
  { engine }: ProviderContext,
  state: EngineState,
  { displaced }: TenantRecord,
): Promise<Set<string>> {
  const freed = new Set(state.containers.filter(({ name }) => displaced.includes(name)).map(({ id }) => id));
  const containers = await engine.listContainers(berthFilter);
  return new Set(containers.filter(({ Id }) => !freed.has(Id)).flatMap(({ Labels }) => hostPortsOf(Labels)));
}

function bind(
  { container_port, protocol, host_port }: PortMapping,
  taken: Set<string>,
  defaults: DockerConfig,
): PortBinding {
  const binding = { container_port, protocol, host_port: host_port || pickPort(protocol, taken, defaults.port_range) };
  const key = hostPortKey(binding);
  if (taken.has(key)) throw new ContainerFailureError(portInUse(binding.host_port));
  taken.add(key);
  return binding;
}

/**
 * Picks a random port, so that concurrent hosts rarely pick the same. Programs outside of Berth may use it: the engine
 * finds out when it starts the container.
 */
function pickPort(protocol: string, taken: ReadonlySet<string>, { first, last }: DockerConfig['port_range']): number {
  const size = last - first + 1;
  const offset = randomInt(size);
  for (let tried = 0; tried < size; tried += 1) {
    const port = first + ((offset + tried) % size);
    if (!taken.has(`${protocol}/${port}`)) return port;
  }
  throw new ContainerFailureError({
    message: `no host port from ${first} to ${last} is free`,
    hint: 'Give the provider a wider port_range, or destroy unused tenants.',
  });
}

async function create(
  { engine, provider, origin }: ProviderContext,
  { spec: { tenant_id } }: RolloutRequest,
  name: string,
  options: Parameters<ProviderContext['engine']['createContainer']>[1],
): Promise<void> {
  try {
    await engine.createContainer(name, options);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status !== 409) throw new ContainerFailureError(toFailure(error.reason));
    // The name exists: another host that works on the rollout was faster, or the container is not Berth's.
    const existing = await engine.inspectContainer(name);
    if (existing && !isTenants(existing.Config.Labels, tenant_id, { provider, origin }))
      throw new ContainerFailureError(nameInUse('container', name));
  }
}
