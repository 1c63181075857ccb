import { ComputeError, ProviderFailedError, TenantNotFoundError } from '../../compute/errors.ts';
import { silentLogger } from '../../compute/logger.ts';
import type { HeldTenant, Provider, ProviderOptions } from '../../compute/provider.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import { capabilities, DockerConfig, parseDefaults, shownDefaults } from './config.ts';
import { openClient } from './engine/client.ts';
import { Engine, type LoadClient } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { Images } from './engine/images.ts';
import { TroubleError, toTrouble } from './engine/trouble.ts';
import { listHeld } from './list.ts';
import { readLogPage } from './logs/log-pages.ts';
import { digestsOf } from './mapping.ts';
import { type ProviderContext, tenantNames } from './provider-context.ts';
import { destroyAll } from './rollout/destroy.ts';
import { isEmpty, readWorld, type EngineState } from './rollout/engine-state.ts';
import { provision, update } from './rollout/provision.ts';
import { RecordChangedError, RecordStore } from './rollout/record-store.ts';
import { inTurn } from './rollout/tenant-lock.ts';
import { checkDockerSpec } from './rules.ts';
import { viewStatus } from './view.ts';

export interface DockerProviderOptions extends ProviderOptions {
  /** Gives the client of the engine. Default: one for the endpoint of the defaults. */
  client?: LoadClient | undefined;
}

/**
 * Runs the containers of tenants on a Docker engine, or another with its API. All that is known of tenants is on the engine,
 * in labels. Rollouts that take long go on in the background of this process; where it ends, whoever asks for the same
 * specification again goes on with them, here or elsewhere.
 */
export function createDockerProvider({
  name,
  defaults,
  logger = silentLogger,
  client,
}: DockerProviderOptions): Provider {
  const config = parseDefaults(name, defaults);
  const engine = new Engine(name, client ?? (() => openClient(config)));
  const closing = new AbortController();
  const site: ProviderContext = {
    provider: name,
    engine,
    store: new RecordStore(engine, name),
    images: new Images(engine, config),
    defaults: config,
    logger,
    closing: closing.signal,
    jobs: new Map(),
  };
  return {
    name,
    capabilities,
    configSchema: DockerConfig,
    configDefaults: shownDefaults(defaults ?? {}),
    provision: (spec, call = {}) => inWords(site, () => provision(site, spec, call.signal), call.signal),
    update: (tenantId, spec, call = {}) => inWords(site, () => update(site, tenantId, spec, call.signal), call.signal),
    destroy: (tenantId) => inWords(site, () => destroy(site, tenantId)),
    getStatus: (tenantId, call = {}) => inWords(site, () => getStatus(site, tenantId), call.signal),

    async validate(spec, call = {}) {
      const { warnings } = await inWords(site, () => checkDockerSpec(spec, config), call.signal);
      return { warnings };
    },

    fingerprints: (spec) => digestsOf(spec, resolveProviderConfig(spec, DockerConfig, config)),
    list: (call = {}) => list(site, call.signal),
    logs: (tenantId, query = {}) =>
      inWords(site, async () => readLogPage(engine, await known(site, tenantId), query), query.signal),

    async close() {
      closing.abort();
      await Promise.allSettled(site.jobs.values());
    },
  };
}

async function destroy(site: ProviderContext, tenantId: string): Promise<void> {
  const names = tenantNames(site, tenantId);
  await inTurn(names.tenant, () => destroyAll(site, names, tenantId));
}

async function getStatus(site: ProviderContext, tenantId: string) {
  return viewStatus(site, tenantId, await known(site, tenantId));
}

async function known({ engine, store, provider }: ProviderContext, tenantId: string): Promise<EngineState> {
  const world = await readWorld(engine, store, provider, tenantId);
  if (isEmpty(world)) throw new TenantNotFoundError(`${tenantId} on ${provider}`);
  return world;
}

async function* list(site: ProviderContext, signal: AbortSignal | undefined): AsyncGenerator<HeldTenant> {
  yield* await inWords(site, () => listHeld(site), signal);
}

/** Ends a caller's wait when its signal says so, and turns what is nobody's business outside into errors of the contract. */
async function inWords<T>({ provider }: ProviderContext, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal?.reason);
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([run(), left]);
  } catch (error) {
    if (error instanceof ComputeError || signal?.aborted) throw error;
    if (error instanceof EngineError || error instanceof TroubleError) {
      const { message, hint } = error instanceof EngineError ? toTrouble(error.reason) : error.trouble;
      throw new ProviderFailedError(`${provider}: ${message}`, hint === undefined ? {} : { hint });
    }
    if (error instanceof RecordChangedError)
      throw new ProviderFailedError(`another host is busy with this tenant on ${provider}`);
    throw new ProviderFailedError(`the Docker engine of ${provider} gave an answer that makes no sense`, {
      cause: error,
    });
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
