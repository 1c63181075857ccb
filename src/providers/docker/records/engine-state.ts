import type Docker from 'dockerode';
import { INSTALLATION_LABEL, isForeign } from '../../../compute/labels.ts';
import type { OwnedNetwork } from '../engine/network.ts';
import { hostPortsOf, isTenants, LABEL, ownedFilter, writtenVolumesOf } from '../labels.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Instance, includesInstance, isSameInstance, requiredInstances, type TenantRecord } from './record.ts';
import { latestRecord, type RecordVolume, type StoredRecord } from './record-store.ts';

/** A container of a tenant, as the engine lists it. */
export interface OwnedContainer {
  id: string;
  name: string;
  role: 'tenant' | 'probe';
  instance: Instance;
  spec_hash: string;
  /** The engine's word: created, running, restarting, paused, exited, removing, dead. */
  state: string;
  /** The host ports it owns, running or not, such as `tcp/8080`. */
  hostPorts: string[];
  /** The volumes that it may write to. */
  writes: string[];
}

/** Everything the engine holds of one tenant at one moment. */
export interface EngineState {
  stored: StoredRecord | undefined;
  volumes: RecordVolume[];
  containers: OwnedContainer[];
  networks: OwnedNetwork[];
  /** Another installation whose resources carry the same tenant id. Nothing of it is part of this state. */
  foreign: string | undefined;
}

/**
 * Reads everything of a tenant, the record last. A container is created after the record that names it, so the record that
 * is read is at least as new as each container that is. In another order, a container that another host has just created
 * could look like a leftover.
 */
export async function readEngineState(
  { engine, store, provider, origin }: Pick<ProviderContext, 'engine' | 'store' | 'provider' | 'origin'>,
  tenantId: string,
): Promise<EngineState> {
  const filter = ownedFilter(provider, tenantId);
  const isOwn = ({ Labels }: Labelled) => isTenants(Labels, tenantId, { provider, origin });
  const [containers, networks] = await Promise.all([engine.listContainers(filter), engine.listNetworks(filter)]);
  const volumes = await store.listVolumes(tenantId);
  const foreign = otherInstallation([...containers, ...networks], origin.installation);
  return { ...toEngineState(volumes, containers.filter(isOwn), networks.filter(isOwn)), foreign };
}

/** Returns the state of one tenant, of whom the engine listed these resources. */
export function toEngineState(
  volumes: RecordVolume[],
  containers: readonly Docker.ContainerInfo[],
  networks: readonly Docker.NetworkInspectInfo[],
): EngineState {
  return {
    stored: latestRecord(volumes),
    volumes,
    containers: containers.map(toOwnedContainer),
    networks: networks.map(({ Id: id, Name: name }) => ({ id, name })),
    foreign: undefined,
  };
}

interface Labelled {
  Labels?: Record<string, string> | undefined;
}

function otherInstallation(resources: readonly Labelled[], installation: string | undefined): string | undefined {
  const found = resources.map(({ Labels }) => Labels?.[INSTALLATION_LABEL]);
  return found.find((one) => isForeign(one, installation));
}

export function isEmpty({ volumes, containers, networks }: EngineState): boolean {
  return volumes.length + containers.length + networks.length === 0;
}

/** Returns the container that runs an instance. */
export function containerOf({ containers }: EngineState, instance: Instance): OwnedContainer | undefined {
  return containers.find((one) => one.role === 'tenant' && isSameInstance(one.instance, instance));
}

/** Returns the container that probes an instance, where its health check needs one. */
export function probeOf({ containers }: EngineState, instance: Instance): OwnedContainer | undefined {
  return containers.find((one) => one.role === 'probe' && isSameInstance(one.instance, instance));
}

/** Returns true for a container that runs, or that the engine is about to restart. */
export function isAlive(container: OwnedContainer | undefined): boolean {
  return container?.state === 'running' || container?.state === 'restarting';
}

/** Returns the containers to remove: replaced by a rollout, given up with one, or left behind by a crash. */
export function leftoverContainers({ containers }: EngineState, record: TenantRecord): OwnedContainer[] {
  const required = requiredInstances(record);
  return containers.filter(({ instance }) => !includesInstance(required, instance));
}

function toOwnedContainer({ Id: id, Names, Labels, State: state }: Docker.ContainerInfo): OwnedContainer {
  const container = Labels[LABEL.container] ?? '';
  return {
    id,
    name: (Names[0] ?? '').slice(1),
    role: Labels[LABEL.role] === 'probe' ? 'probe' : 'tenant',
    instance: { container, number: Number(Labels[LABEL.number] ?? 0), digest: Labels[LABEL.digest] ?? '' },
    spec_hash: Labels[LABEL.specHash] ?? '',
    state,
    hostPorts: hostPortsOf(Labels),
    writes: writtenVolumesOf(Labels),
  };
}
