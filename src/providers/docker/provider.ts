import { ComputeError, ProviderFailedError, TenantNotFoundError } from '../../compute/errors.ts';
import { INCARNATION_LABEL } from '../../compute/labels.ts';
import { silentLogger } from '../../compute/logger.ts';
import type { Place } from '../../compute/place/place.ts';
import type { HeldTenant, Provider, ProviderCall, ProviderOptions } from '../../compute/provider.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { DestroyResult, VolumeStatus } from '../../compute/results.ts';
import { volumeStatuses } from '../../compute/volumes/volumes.ts';
import { capabilities, DockerConfig, parseDefaults, publicDefaults } from './config.ts';
import { openClient } from './engine/client.ts';
import { ContainerFailureError, toFailure } from './engine/container-failure.ts';
import { Engine, type LoadClient } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { Images } from './engine/images.ts';
import { withLock } from './lock.ts';
import { readLogPage } from './logs/log-pages.ts';
import { digestsOf } from './mapping.ts';
import { namesOf } from './names.ts';
import type { ProviderContext } from './provider-context.ts';
import { type EngineState, isEmpty, readEngineState } from './records/engine-state.ts';
import { RecordChangedError, RecordStore } from './records/record-store.ts';
import { destroyAll } from './rollout/destroy.ts';
import { observeAll } from './rollout/observe.ts';
import { pendingOf } from './rollout/pending.ts';
import { provision, update } from './rollout/provision.ts';
import { stopAll } from './rollout/stop.ts';
import { checkDockerSpec } from './rules.ts';
import { glanceAt } from './status/glance.ts';
import { listTenants } from './status/list.ts';
import { toStatus } from './status/status.ts';

export interface DockerProviderOptions extends ProviderOptions {
  /** Loads the client of the engine. Default: a dockerode client for the endpoint of the defaults. */
  client?: LoadClient | undefined;
}

/**
 * Creates a provider that runs containers on a Docker engine, or on another engine with the same API.
 *
 * All facts about tenants are labels on the engine. A rollout that exceeds `ready_wait_seconds` continues in the
 * background of this process. If the process ends, the next call with the same specification continues it, here or on
 * another host.
 *
 * Every method throws a `ComputeError`, or the reason of its signal. Connection problems are retryable.
 */
export function createDockerProvider({
  name,
  defaults,
  logger = silentLogger,
  frontDoor,
  client,
}: DockerProviderOptions): Provider {
  const config = parseDefaults(name, defaults);
  const engine = new Engine(name, client ?? (() => openClient(config)));
  const closing = new AbortController();
  const context: ProviderContext = {
    provider: name,
    engine,
    origin: {},
    store: new RecordStore(engine, name),
    images: new Images(engine, config),
    defaults: config,
    logger,
    frontDoor,
    closing: closing.signal,
    runs: new Map(),
  };
  /** Returns the context of one call, for the installation and the incarnation that it is made for. */
  const contextOf = ({ installation, incarnation }: ProviderCall): ProviderContext => {
    const origin = { installation, incarnation };
    return { ...context, origin, store: new RecordStore(engine, name, installation) };
  };
  let place: Promise<Place> | undefined;
  const forgetPlace = (error: unknown) => {
    place = undefined;
    throw error;
  };
  return {
    name,
    capabilities,
    configSchema: DockerConfig,
    configDefaults: publicDefaults(defaults ?? {}),
    place: () => (place ??= readPlace(context).catch(forgetPlace)),
    provision: (spec, call = {}) => guard(name, () => provision(contextOf(call), spec, call), call.signal),
    update: (tenantId, spec, call = {}) =>
      guard(name, () => update(contextOf(call), tenantId, spec, call), call.signal),
    stop: (tenantId, call = {}) => guard(name, () => stop(contextOf(call), tenantId), call.signal),
    destroy: (tenantId, call = {}) => guard(name, () => destroy(contextOf(call), tenantId, call)),
    getStatus: (tenantId, call = {}) => guard(name, () => getStatus(contextOf(call), tenantId), call.signal),

    glance: (tenantIds, call = {}) => guard(name, () => glanceAt(contextOf(call), tenantIds), call.signal),

    async validate(spec, call = {}) {
      const { warnings } = await guard(name, () => checkDockerSpec(spec, config, frontDoor), call.signal);
      return { warnings };
    },

    fingerprints: (spec) => digestsOf(spec, resolveProviderConfig(spec, DockerConfig, config)),
    list: (call = {}) => list(context, call.signal),
    logs: (tenantId, query = {}) =>
      guard(name, async () => readLogPage(engine, await readExisting(contextOf(query), tenantId), query), query.signal),

    async close() {
      closing.abort();
      await Promise.allSettled(context.runs.values());
    },
  };
}

/** The engine counts, not its address: one engine may have several, and one address may lead to another engine later. */
async function readPlace({ provider, engine, defaults: { endpoint, name_prefix } }: ProviderContext): Promise<Place> {
  const identity = await guard(provider, () => engine.identify());
  const address = endpoint ?? 'that of DOCKER_HOST, or the local socket';
  return { identity: { endpoint: identity ?? address, name_prefix }, shown: { endpoint: address } };
}

async function destroy(context: ProviderContext, tenantId: string, call: ProviderCall): Promise<DestroyResult> {
  const names = namesOf(context.defaults.name_prefix, context.provider, tenantId);
  return withLock(names.tenant, () => destroyAll(context, names, tenantId, call));
}

async function stop(context: ProviderContext, tenantId: string): Promise<void> {
  const names = namesOf(context.defaults.name_prefix, context.provider, tenantId);
  await withLock(names.tenant, () => stopAll(context, names, tenantId));
}

async function getStatus(context: ProviderContext, tenantId: string) {
  const state = await readExisting(context, tenantId);
  const [observations, pending] = await Promise.all([
    observeAll(context.engine, state),
    pendingOf(context.engine, state),
  ]);
  const status = toStatus(context, tenantId, state, observations);
  const incarnation = state.stored?.labels[INCARNATION_LABEL];
  const life = incarnation === undefined ? {} : { incarnation };
  const volumes = volumesOf(state);
  return { ...status, ...(volumes && { volumes }), metadata: { ...status.metadata, ...pending, ...life } };
}

function volumesOf({ stored }: EngineState): VolumeStatus[] | undefined {
  const { volumes, serving, rollout } = stored?.record ?? {};
  return volumeStatuses(volumes, (serving ?? rollout)?.volumes);
}

async function readExisting(context: ProviderContext, tenantId: string): Promise<EngineState> {
  const state = await readEngineState(context, tenantId);
  if (isEmpty(state)) throw new TenantNotFoundError(`${tenantId} on ${context.provider}`);
  return state;
}

async function* list(context: ProviderContext, signal: AbortSignal | undefined): AsyncGenerator<HeldTenant> {
  yield* await guard(context.provider, () => listTenants(context), signal);
}

/** Stops waiting when the signal aborts, and turns internal errors into those of the provider contract. */
async function guard<T>(provider: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([run(), aborted]);
  } catch (error) {
    if (error instanceof ComputeError || signal?.aborted) throw error;
    throw toComputeError(error, provider);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function toComputeError(error: unknown, provider: string): ComputeError {
  if (error instanceof EngineError || error instanceof ContainerFailureError) {
    const { message, hint } = error instanceof EngineError ? toFailure(error.reason) : error.failure;
    return new ProviderFailedError(`${provider}: ${message}`, hint === undefined ? {} : { hint });
  }
  if (error instanceof RecordChangedError)
    return new ProviderFailedError(`another Berth host is changing this tenant on ${provider}`);
  return new ProviderFailedError(`the Docker engine of ${provider} returned an unexpected answer`, { cause: error });
}
