import type Docker from 'dockerode';
import type { Engine } from '../engine/engine.ts';
import {
  CONTAINER_LABEL,
  DIGEST_LABEL,
  hostPortsOf,
  isTenants,
  NUMBER_LABEL,
  ownedFilter,
  ROLE_LABEL,
  SPEC_HASH_LABEL,
} from '../labels.ts';
import type { Instance } from './record.ts';
import { latestRecord, type RecordStore, type RecordVolume, type StoredRecord } from './record-store.ts';

/** A container of a tenant, as a list of the engine shows it. */
export interface OwnedContainer {
  id: string;
  name: string;
  role: 'tenant' | 'probe';
  instance: Instance;
  spec_hash: string;
  /** The engine's word: created, running, restarting, paused, exited, removing, dead. */
  state: string;
  /** Ports of the engine's machine, such as `tcp/8080`. */
  hostPorts: string[];
}

export interface OwnedNetwork {
  id: string;
  name: string;
}

/** All that the engine has of one tenant at a moment. */
export interface EngineState {
  stored: StoredRecord | undefined;
  volumes: RecordVolume[];
  containers: OwnedContainer[];
  networks: OwnedNetwork[];
}

export async function readWorld(
  engine: Engine,
  store: RecordStore,
  provider: string,
  tenantId: string,
): Promise<EngineState> {
  const filter = ownedFilter(provider, tenantId);
  const isMine = ({ Labels }: { Labels?: Record<string, string> | undefined }) => isTenants(Labels, tenantId, provider);
  const [volumes, containers, networks] = await Promise.all([
    store.listVolumes(tenantId),
    engine.listContainers(filter),
    engine.listNetworks(filter),
  ]);
  return {
    stored: latestRecord(volumes),
    volumes,
    containers: containers.filter(isMine).map(toOwnedContainer),
    networks: networks.filter(isMine).map(({ Id: id, Name: name }) => ({ id, name })),
  };
}

export function isEmpty({ volumes, containers, networks }: EngineState): boolean {
  return volumes.length + containers.length + networks.length === 0;
}

/** The container that runs an instance. */
export function containerOf({ containers }: EngineState, instance: Instance): OwnedContainer | undefined {
  return containers.find((one) => one.role === 'tenant' && isOf(one, instance));
}

/** The container that checks an instance, where its health check takes one. */
export function probeOf({ containers }: EngineState, instance: Instance): OwnedContainer | undefined {
  return containers.find((one) => one.role === 'probe' && isOf(one, instance));
}

function isOf({ instance }: OwnedContainer, { container, number }: Instance): boolean {
  return instance.container === container && instance.number === number;
}

/** Whether a container runs, or will by itself. */
export function isAlive(container: OwnedContainer | undefined): boolean {
  return container?.state === 'running' || container?.state === 'restarting';
}

function toOwnedContainer({ Id: id, Names, Labels, State: state }: Docker.ContainerInfo): OwnedContainer {
  const container = Labels[CONTAINER_LABEL] ?? '';
  return {
    id,
    name: (Names[0] ?? '').slice(1),
    role: Labels[ROLE_LABEL] === 'probe' ? 'probe' : 'tenant',
    instance: { container, number: Number(Labels[NUMBER_LABEL] ?? 0), digest: Labels[DIGEST_LABEL] ?? '' },
    spec_hash: Labels[SPEC_HASH_LABEL] ?? '',
    state,
    hostPorts: hostPortsOf(Labels),
  };
}
