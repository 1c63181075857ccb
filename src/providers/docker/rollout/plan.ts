import { randomUUID } from 'node:crypto';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { runsOnce } from '../../../compute/start-order/start-order.ts';
import { markVolumes, mountedVolumes, writtenVolumes } from '../../../compute/volumes/volumes.ts';
import type { DockerConfig } from '../config.ts';
import { isScratch } from '../engine/network.ts';
import { needsProbe } from '../health-check.ts';
import { digestsOf, requestedHostPorts } from '../mapping.ts';
import type { Names } from '../names.ts';
import { containerOf, type EngineState, isAlive, isEmpty, probeOf } from '../records/engine-state.ts';
import { isUntidy } from '../records/open-steps.ts';
import {
  HEARTBEAT_TTL_MS,
  type Instance,
  includesInstance,
  type RolloutRecord,
  type TenantRecord,
  type Version,
} from '../records/record.ts';
import type { StoredRecord } from '../records/record-store.ts';
import { changesSince, fingerprintOf } from '../records/spec-fingerprint.ts';

/** A specification that a caller asks to be rolled out, with what is derived from it once. */
export interface RolloutRequest {
  spec: TenantComputeSpec;
  specHash: string;
  config: DockerConfig;
  names: Names;
  /** The id of the restart that it is: every container is replaced. */
  restart?: string | undefined;
}

export type Plan =
  /** The tenant does not exist, so it cannot be updated. */
  | { kind: 'missing' }
  /** The tenant exists with another specification, so it cannot be provisioned. */
  | { kind: 'exists' }
  /** An earlier destroy did not finish: it has to, before anything else. */
  | { kind: 'destroy' }
  | { kind: 'unchanged' }
  /** The specification serves, and an interrupted rollout left something beside it: that has to go, then plan again. */
  | { kind: 'tidy'; state: EngineState & { stored: StoredRecord } }
  /** The requested rollout is already in progress. */
  | { kind: 'join'; rollout: RolloutRecord }
  /** Start a rollout by writing this record. */
  | { kind: 'begin'; record: TenantRecord; rollout: RolloutRecord };

export function planProvision(state: EngineState, request: RolloutRequest, now: number): Plan {
  const record = state.stored?.record;
  if (record?.destroying) return { kind: 'destroy' };
  const { serving, rollout } = record ?? {};
  if (rollout?.spec_hash === request.specHash) return { kind: 'join', rollout };
  if (rollout?.state === 'starting' || rollout?.state === 'switched') return { kind: 'exists' };
  if (serving && serving.spec_hash !== request.specHash) return { kind: 'exists' };
  if (serving && !rollout) return repair(state, request, now);
  return hasOtherContainers(state, request) ? { kind: 'exists' } : begin(state, request, now);
}

export function planUpdate(state: EngineState, request: RolloutRequest, now: number): Plan {
  const record = state.stored?.record;
  if (isEmpty(state) || record?.destroying) return { kind: 'missing' };
  const { serving, rollout } = record ?? {};
  if (rollout && isAsRequested(rollout, request)) return { kind: 'join', rollout };
  if (serving && !rollout && isAsRequested(serving, request)) return repair(state, request, now);
  return begin(state, request, now);
}

/** Returns true for a version with the requested specification that came from the requested restart, if any. */
export function isAsRequested({ spec_hash, restart }: Version, request: Pick<RolloutRequest, 'specHash' | 'restart'>) {
  return spec_hash === request.specHash && (request.restart === undefined || restart === request.restart);
}

/** Returns true where the record was deleted and the containers left are of another specification. */
function hasOtherContainers({ stored, containers }: EngineState, { specHash }: RolloutRequest): boolean {
  return !stored && containers.length > 0 && !containers.some(({ spec_hash }) => spec_hash === specHash);
}

/**
 * Plans for a specification that already serves: if a container of it is missing, a rollout replaces that one alone.
 * Leftovers of an earlier rollout are removed; every step of a rollout does so too.
 */
function repair(state: EngineState, request: RolloutRequest, now: number): Plan {
  const instances = state.stored?.record.serving?.instances ?? [];
  const isComplete = instances.every((instance) => {
    const container = request.spec.containers.find(({ name }) => name === instance.container);
    const probe = probeOf(state, instance);
    if (instance.completed) return true;
    return isAlive(containerOf(state, instance)) && (isAlive(probe) || !needsProbe(container?.health_check));
  });
  if (!isComplete || state.networks.every(isScratch)) return begin(state, request, now);
  return isUntidy(state) ? { kind: 'tidy', state } : { kind: 'unchanged' };
}

function begin(state: EngineState, request: RolloutRequest, now: number): Plan {
  const before = state.stored?.record;
  const known = before ? before.serving : recoverServing(state);
  const { spec, specHash } = request;
  const instances = chooseInstances(state, request, known);
  // Nothing of a stopped tenant serves, so nothing has to be kept but what the new version starts again.
  const serving = before?.stopped ? undefined : known;
  const mounted = mountedVolumes(spec);
  const restart = request.restart ?? (serving?.spec_hash === specHash ? serving.restart : undefined);
  const rollout: RolloutRecord = {
    id: randomUUID(),
    state: 'starting',
    spec_hash: specHash,
    sketch: fingerprintOf(spec),
    instances,
    ...(restart !== undefined && { restart }),
    ...(mounted.length > 0 && { volumes: mounted }),
    changes: before ? changesSince(known?.sketch, spec) : [],
    attended_until: now + HEARTBEAT_TTL_MS,
    start_timeout_seconds: request.config.start_timeout_seconds,
  };
  const record: TenantRecord = {
    provisioned_at: before?.provisioned_at ?? now,
    updated_at: now,
    serving,
    rollout,
    displaced: before?.stopped
      ? namesOfKept(state, instances)
      : displacedBy(state, request, serving?.instances ?? [], instances),
    stopped: false,
    destroying: false,
    volumes: markVolumes(before?.volumes, spec),
  };
  return { kind: 'begin', record, rollout };
}

/** Rebuilds a deleted record from the labels of the running containers. The hash of the whole specification is lost. */
function recoverServing({ containers }: EngineState): Version | undefined {
  const newestFirst = containers
    .filter((container) => container.role === 'tenant' && isAlive(container))
    .sort((a, b) => b.instance.number - a.instance.number);
  const oldest = new Map(newestFirst.map(({ instance }) => [instance.container, instance]));
  if (oldest.size === 0) return undefined;
  return { spec_hash: '', sketch: {}, instances: [...oldest.values()] };
}

/**
 * Returns an instance for each container: the serving one where it is unchanged and usable, else a new one. One that runs
 * once is kept for as long as the version stays the same, and is new for each other version.
 */
function chooseInstances(state: EngineState, request: RolloutRequest, known: Version | undefined): Instance[] {
  const { spec, config, restart } = request;
  const serving = known?.instances ?? [];
  const isSame = known !== undefined && isSameVersion(known, request);
  const digests = digestsOf(spec, config);
  const highest = Math.max(state.stored?.sequence ?? 0, ...state.containers.map(({ instance }) => instance.number));
  return spec.containers.map((container) => {
    const { name } = container;
    const { [name]: digest = '' } = digests;
    const ended = isSame ? serving.find((one) => one.container === name && one.completed) : undefined;
    if (runsOnce(container)) return ended ?? { container: name, number: highest + 1, digest };
    const isKept = (one: Instance) => one.container === name && one.digest === digest && isUsable(state, one);
    const kept = restart === undefined ? serving.find(isKept) : undefined;
    return kept ?? { container: name, number: highest + 1, digest };
  });
}

/** Returns true where the specification is equal, also where its hash was made with another key. */
function isSameVersion({ spec_hash, sketch }: Version, { spec, specHash }: RolloutRequest): boolean {
  return spec_hash === specHash || (Object.keys(sketch).length > 0 && changesSince(sketch, spec).length === 0);
}

/**
 * Returns true for a serving container that runs, or that was stopped only to free its ports or with its tenant. Containers
 * of a rollout that was given up are never reused: another host may be removing them.
 */
function isUsable(state: EngineState, instance: Instance): boolean {
  const container = containerOf(state, instance);
  if (isAlive(container)) return true;
  const { displaced = [], stopped = false } = state.stored?.record ?? {};
  return container !== undefined && (displaced.includes(container.name) || (stopped && container.state === 'exited'));
}

/** Returns the names of the containers that exist for these instances, and are to be started again. */
function namesOfKept(state: EngineState, instances: readonly Instance[]): string[] {
  return instances.flatMap((instance) => (instance.completed ? [] : (containerOf(state, instance)?.name ?? [])));
}

/**
 * Returns the names of serving containers that have to stop before their successors start: they hold a host port that a new
 * container requests, or the successor writes to a volume that they write to. Two versions of a database must never have
 * the same files open.
 */
function displacedBy(
  state: EngineState,
  { spec }: RolloutRequest,
  serving: readonly Instance[],
  next: readonly Instance[],
): string[] {
  const replaced = new Set(next.filter((one) => !includesInstance(serving, one)).map(({ container }) => container));
  const requested = requestedHostPorts(spec.containers.filter(({ name }) => replaced.has(name)));
  const earlier = state.stored?.record.displaced ?? [];
  return serving.flatMap((instance) => {
    const { name, hostPorts = [], writes = [] } = containerOf(state, instance) ?? {};
    const successor = spec.containers.find((one) => one.name === instance.container);
    const written = new Set(successor ? writtenVolumes(successor) : []);
    const isBlocking =
      !includesInstance(next, instance) &&
      (hostPorts.some((port) => requested.has(port)) || writes.some((volume) => written.has(volume)));
    return name !== undefined && (isBlocking || earlier.includes(name)) ? [name] : [];
  });
}
