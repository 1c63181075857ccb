import { randomUUID } from 'node:crypto';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import type { DockerConfig } from '../config.ts';
import { needsProbe } from '../health-check.ts';
import { digestsOf, hostPortKey } from '../mapping.ts';
import type { Names } from '../names.ts';
import { containerOf, isAlive, isEmpty, probeOf, type EngineState } from './engine-state.ts';
import { changesSince, sketchOf } from './fingerprint.ts';
import { ATTENDED_MS } from './job.ts';
import { type Instance, isSame, type RolloutRecord, type TenantRecord, type Version } from './record.ts';

/** What somebody asks for. */
export interface Wanted {
  spec: TenantComputeSpec;
  specHash: string;
  config: DockerConfig;
  names: Names;
}

export type Decision =
  /** Nothing is there that could be updated. */
  | { kind: 'missing' }
  /** Another specification is there already. */
  | { kind: 'exists' }
  /** A destroy that came to no end has to, first. */
  | { kind: 'destroy' }
  /** It is there, and nothing is to be done. */
  | { kind: 'unchanged' }
  /** It is under way. */
  | { kind: 'join'; rollout: RolloutRecord }
  /** It begins, once this record is written. */
  | { kind: 'begin'; record: TenantRecord; rollout: RolloutRecord };

export function decideProvision(world: EngineState, wanted: Wanted, now: number): Decision {
  const record = world.stored?.record;
  if (record?.destroying) return { kind: 'destroy' };
  const { serving, rollout } = record ?? {};
  if (rollout?.spec_hash === wanted.specHash) return { kind: 'join', rollout };
  if (rollout?.state === 'starting' || rollout?.state === 'switched') return { kind: 'exists' };
  if (serving && serving.spec_hash !== wanted.specHash) return { kind: 'exists' };
  if (serving && !rollout) return repair(world, wanted, now);
  return isAnothers(world, wanted) ? { kind: 'exists' } : begin(world, wanted, now);
}

export function decideUpdate(world: EngineState, wanted: Wanted, now: number): Decision {
  const record = world.stored?.record;
  if (isEmpty(world) || record?.destroying) return { kind: 'missing' };
  const { serving, rollout } = record ?? {};
  if (rollout?.spec_hash === wanted.specHash) return { kind: 'join', rollout };
  if (serving?.spec_hash === wanted.specHash && !rollout) return repair(world, wanted, now);
  return begin(world, wanted, now);
}

/** Whether containers without a record, which somebody removed, are of another specification. */
function isAnothers({ stored, containers }: EngineState, { specHash }: Wanted): boolean {
  return !stored && containers.length > 0 && !containers.some(({ spec_hash }) => spec_hash === specHash);
}

/** The specification serves. Where a container of it was lost, it is rolled out anew, which keeps the others. */
function repair(world: EngineState, wanted: Wanted, now: number): Decision {
  const instances = world.stored?.record.serving?.instances ?? [];
  const isWhole = instances.every((instance) => {
    const container = wanted.spec.containers.find(({ name }) => name === instance.container);
    const probe = probeOf(world, instance);
    return isAlive(containerOf(world, instance)) && (isAlive(probe) || !needsProbe(container?.health_check));
  });
  return isWhole && world.networks.length > 0 ? { kind: 'unchanged' } : begin(world, wanted, now);
}

function begin(world: EngineState, wanted: Wanted, now: number): Decision {
  const before = world.stored?.record;
  const serving = before ? before.serving : recoverServing(world);
  const { spec, specHash } = wanted;
  const keepable = (serving?.instances ?? []).filter((instance) => isKeepable(world, instance));
  const instances = placeContainers(world, wanted, keepable);
  const rollout: RolloutRecord = {
    id: randomUUID(),
    state: 'starting',
    spec_hash: specHash,
    sketch: sketchOf(spec),
    instances,
    changes: before ? changesSince(serving?.sketch, spec) : [],
    attended_until: now + ATTENDED_MS,
  };
  const record: TenantRecord = {
    provisioned_at: before?.provisioned_at ?? now,
    updated_at: now,
    serving,
    rollout,
    displaced: displacedBy(world, wanted, serving?.instances ?? [], instances),
    destroying: false,
  };
  return { kind: 'begin', record, rollout };
}

/** What serves where somebody removed the record: the containers say which, though no longer by what specification as a whole. */
function recoverServing({ containers }: EngineState): Version | undefined {
  const byAge = containers
    .filter((container) => container.role === 'tenant' && isAlive(container))
    .sort((a, b) => a.instance.number - b.instance.number);
  const oldest = new Map(byAge.toReversed().map((container) => [container.instance.container, container.instance]));
  if (oldest.size === 0) return undefined;
  return { spec_hash: '', sketch: {}, instances: [...oldest.values()] };
}

/** Instances for a specification: those that run already and did not change, and new ones. */
function placeContainers(world: EngineState, { spec, config }: Wanted, keepable: readonly Instance[]): Instance[] {
  const digests = digestsOf(spec, config);
  const highest = Math.max(world.stored?.sequence ?? 0, ...world.containers.map(({ instance }) => instance.number));
  return spec.containers.map((container) => {
    const { [container.name]: digest = '' } = digests;
    const kept = keepable.find((instance) => instance.container === container.name && instance.digest === digest);
    return kept ?? { container: container.name, number: highest + 1, digest };
  });
}

/**
 * What may stay: whatever of the serving version lives, or was stopped only for its ports. Never of a rollout that was given
 * up, as another host may be removing that.
 */
function isKeepable(world: EngineState, instance: Instance): boolean {
  const container = containerOf(world, instance);
  if (isAlive(container)) return true;
  return container !== undefined && (world.stored?.record.displaced ?? []).includes(container.name);
}

/** Serving containers that have to stop before the new ones can start, because those ask for their ports. */
function displacedBy(
  world: EngineState,
  { spec }: Wanted,
  serving: readonly Instance[],
  coming: readonly Instance[],
): string[] {
  const isIn = (instances: readonly Instance[], instance: Instance) => instances.some((one) => isSame(one, instance));
  const fresh = new Set(coming.filter((instance) => !isIn(serving, instance)).map(({ container }) => container));
  const asked = spec.containers.filter(({ name }) => fresh.has(name)).flatMap(({ ports = [] }) => ports);
  const keys = new Set(asked.map(({ protocol, host_port = 0 }) => hostPortKey({ protocol, host_port })));
  const earlier = world.stored?.record.displaced ?? [];
  return serving.flatMap((instance) => {
    const { name, hostPorts = [] } = containerOf(world, instance) ?? {};
    const isInTheWay = !isIn(coming, instance) && hostPorts.some((port) => keys.has(port));
    return name !== undefined && (isInTheWay || earlier.includes(name)) ? [name] : [];
  });
}
