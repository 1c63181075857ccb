import { randomInt } from 'node:crypto';
import type { PortMapping } from '../../../compute/spec/spec.ts';
import type { DockerConfig } from '../config.ts';
import { needsProbe } from '../health-check.ts';
import { everyoneFilter, hostPortsOf, isTenants } from '../labels.ts';
import { limitsOf } from '../limits.ts';
import { hostPortKey, type Placement, type PortBinding, toContainerOptions, toProbeOptions } from '../mapping.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Wanted } from '../rollout/decide.ts';
import { containerOf, isAlive, probeOf, type EngineState } from '../rollout/engine-state.ts';
import type { Instance, TenantRecord } from '../rollout/record.ts';
import { resolveSecrets } from '../secrets.ts';
import { EngineError } from './engine-error.ts';
import { foreign } from './network.ts';
import { portTaken, TroubleError, toTrouble } from './trouble.ts';

/**
 * Makes the containers of a rollout that are not there yet, the instances' own and those that check them. None is started.
 * Answers whether any was made. Throws a `TroubleError` where one cannot be.
 */
export async function createMissing(site: ProviderContext, wanted: Wanted, world: EngineState, network: string): Promise<boolean> {
  const record = world.stored?.record;
  if (!record?.rollout) return false;
  const missing = record.rollout.instances.flatMap((instance) => {
    const placement = toPlacement(site, wanted, instance, network);
    if (!placement) return [];
    const isProbed = needsProbe(placement.container.health_check);
    return [
      ...(containerOf(world, instance) ? [] : [{ placement, isProbe: false }]),
      ...(!isProbed || probeOf(world, instance) ? [] : [{ placement, isProbe: true }]),
    ];
  });
  if (missing.length === 0) return false;
  const taken = await takenPorts(site, world, record);
  const { values: secrets } = await resolveSecrets(wanted.spec.secrets ?? [], site.defaults.secrets_directory);
  const makings = missing.map(({ placement, isProbe }) => {
    const { container, number } = placement.instance;
    const name = wanted.names.container(container, number);
    if (isProbe) return { name: wanted.names.probe(container, number), options: toProbeOptions(placement, name) };
    const bindings = (placement.container.ports ?? []).map((port) => bind(port, taken, site.defaults));
    const isNamed = !isAlive(servingContainer(world, record, container));
    return { name, options: toContainerOptions(placement, { bindings, secrets, isNamed }) };
  });
  // All have ended before a failure is told: what is to be removed then is all there.
  const ends = await Promise.allSettled(makings.map(({ name, options }) => create(site, wanted, name, options)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return true;
}

function toPlacement(
  site: ProviderContext,
  { spec, specHash, config }: Wanted,
  instance: Instance,
  network: string,
): Placement | undefined {
  const container = spec.containers.find(({ name }) => name === instance.container);
  const limits = limitsOf(spec).get(instance.container);
  if (!container || !limits) return undefined;
  return { provider: site.provider, spec, specHash, container, instance, config, limits, network };
}

/** The container that goes by a name now, and keeps it until the rollout is done. */
export function servingContainer(world: EngineState, { serving }: TenantRecord, name: string) {
  const instance = serving?.instances.find(({ container }) => container === name);
  return instance && containerOf(world, instance);
}

/** All ports that containers of Berth have on this engine, those included that do not run and could not start again without. */
async function takenPorts({ engine }: ProviderContext, world: EngineState, { displaced }: TenantRecord): Promise<Set<string>> {
  const yielding = new Set(world.containers.filter(({ name }) => displaced.includes(name)).map(({ id }) => id));
  const containers = await engine.listContainers(everyoneFilter);
  return new Set(containers.filter(({ Id }) => !yielding.has(Id)).flatMap(({ Labels }) => hostPortsOf(Labels)));
}

function bind(
  { container_port, protocol, host_port }: PortMapping,
  taken: Set<string>,
  defaults: DockerConfig,
): PortBinding {
  const binding = { container_port, protocol, host_port: host_port || pickPort(protocol, taken, defaults.port_range) };
  const key = hostPortKey(binding);
  if (taken.has(key)) throw new TroubleError(portTaken(binding.host_port));
  taken.add(key);
  return binding;
}

/** A port at random, so that hosts that look at the same time rarely find the same one. Whether it is free, the engine tells at the start. */
function pickPort(protocol: string, taken: ReadonlySet<string>, { first, last }: DockerConfig['port_range']): number {
  const size = last - first + 1;
  const offset = randomInt(size);
  for (let step = 0; step < size; step += 1) {
    const port = first + ((offset + step) % size);
    if (!taken.has(`${protocol}/${port}`)) return port;
  }
  throw new TroubleError({
    message: `no host port from ${first} to ${last} is free`,
    hint: 'Give the provider a wider port_range, or destroy tenants that are not needed.',
  });
}

async function create(
  site: ProviderContext,
  { spec: { tenant_id } }: Wanted,
  name: string,
  options: Parameters<ProviderContext['engine']['createContainer']>[1],
): Promise<void> {
  try {
    await site.engine.createContainer(name, options);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status !== 409) throw new TroubleError(toTrouble(error.reason));
    // Another host that works on the same rollout was faster, or somebody else has the name.
    const present = await site.engine.inspectContainer(name);
    if (present && !isTenants(present.Config.Labels, tenant_id, site.provider))
      throw new TroubleError(foreign('container', name));
  }
}
