import type { Capabilities } from '../../compute/capabilities/capabilities.ts';
import { TenantNotFoundError } from '../../compute/errors.ts';
import { silentLogger } from '../../compute/logger.ts';
import type { Place } from '../../compute/place/place.ts';
import type {
  BackendEvent,
  Glance,
  HeldTenant,
  LogQuery,
  Provider,
  ProviderCall,
  ProviderOptions,
} from '../../compute/provider.ts';
import type { ComputeStatus, DestroyResult, LogPage } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { addressesOf, willMove } from './address/addresses.ts';
import { withAddress } from './address/gateway.ts';
import { batching } from './api/batching.ts';
import type { EcsClient, EcsOperation, LogsClient } from './api/client.ts';
import { type CallKind, toComputeError } from './api/compute-errors.ts';
import { connect, connectLogs } from './api/connect.ts';
import { lazyClient } from './api/lazy-client.ts';
import { createRetry, type RetryOptions, sleep, withRetries } from './api/retry.ts';
import { approve } from './deployment/steer.ts';
import { tenantOfEvent } from './events.ts';
import { logGroupOf, readLogPage } from './logs/log-pages.ts';
import { defaultPrefix, parseClusterArn, resourceName } from './names.ts';
import type { ProviderContext } from './provider-context.ts';
import { destroy } from './rollout/destroy.ts';
import type { Plan } from './rollout/plan.ts';
import { provision } from './rollout/provision.ts';
import { stop } from './rollout/stop.ts';
import { update } from './rollout/update.ts';
import { type OperatorSettings, operatorSettings, publicDefaults, SECRET_SOURCES } from './settings.ts';
import { settingsDigest, settingsToApply } from './status/applied-settings.ts';
import { GLANCE_LIMIT, glanceAt } from './status/glance.ts';
import { isLeftOf } from './status/left-behind.ts';
import { listTenants } from './status/list.ts';
import { observe } from './status/observe.ts';
import { readRolloutState } from './status/rollout-state.ts';
import { stoppedRun } from './status/run-state.ts';
import { findService, type TenantService } from './status/service.ts';
import { inertStatus, toComputeStatus, toStoppingStatus } from './status/status.ts';
import { readStoppedStatus } from './status/stopped.ts';
import { readVolumes } from './volumes/volume-status.ts';

/** Milliseconds that an operation may spend on waiting before retries. */
const RETRY_BUDGET = 15_000;

export interface EcsProviderOptions extends ProviderOptions {
  /** Default: the AWS SDK. */
  client?: EcsClient | undefined;
  logsClient?: LogsClient | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
  sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  random?: (() => number) | undefined;
}

/**
 * Creates a provider that runs each tenant as one service of an ECS cluster, with all containers in one task. ECS carries
 * rollouts out by itself, so provision and update return `in_progress` early, and the status reports the result.
 * Throws `InvalidProviderError` naming each mistake in the defaults.
 */
export async function createEcsProvider(options: EcsProviderOptions): Promise<Provider> {
  const { name, defaults = {}, defaultsAreChecked } = options;
  if (!defaultsAreChecked) (await import('./config.ts')).checkDefaults(name, defaults);
  return new EcsProvider(options);
}

export class EcsProvider implements Provider {
  readonly name: string;
  readonly capabilities: Partial<Capabilities>;
  readonly backend: string;
  readonly configSchema = async () => (await import('./config.ts')).EcsConfig;
  readonly configDefaults: Readonly<Record<string, unknown>>;
  readonly glanceLimit = GLANCE_LIMIT;
  /** Undefined where the settings ask for no approval. */
  readonly approve?: NonNullable<Provider['approve']>;
  readonly #defaults: Readonly<Record<string, unknown>>;
  readonly #settings: OperatorSettings;
  readonly #settingsDigest: string;
  readonly #prefix: string;
  readonly #options: EcsProviderOptions;
  readonly #client: ReturnType<typeof lazyClient<EcsClient>>;
  readonly #logsClient: ReturnType<typeof lazyClient<LogsClient>>;

  /** Trusts the defaults in `options`; `createEcsProvider` checks them. */
  constructor(options: EcsProviderOptions) {
    const { name, defaults = {}, client, logsClient } = options;
    const settings = operatorSettings(defaults);
    const { account, region } = parseClusterArn(settings.cluster_arn) ?? {};
    this.name = name;
    this.backend = `ecs ${account} ${region}`; // ECS limits the calls of an account in a region, across all clusters
    this.configDefaults = publicDefaults(defaults);
    this.capabilities = {
      secret_sources: [...SECRET_SOURCES],
      // Each tenant has its own network interfaces. The operator's security groups decide what can reach them.
      network_isolation: false,
      logs: settings.log_group !== undefined,
      stop: true,
      start_order: true,
      volumes: settings.efs !== undefined,
      approval: settings.deployment?.approval !== undefined,
    };
    if (settings.deployment?.approval) {
      this.approve = async (tenantId, gate, call) =>
        this.#run('update', call, (context) => approve(context, this.#nameOf(tenantId), tenantId, gate));
    }
    this.#defaults = defaults;
    this.#settings = settings;
    this.#settingsDigest = settingsDigest(defaults);
    this.#prefix = settings.service_name_prefix ?? defaultPrefix(name);
    this.#options = options;
    this.#client = lazyClient(client && batching(client), async () => batching(await connect(settings, name)));
    this.#logsClient = lazyClient(logsClient, () => connectLogs(settings, name));
  }

  /** The role decides the account of every call, whatever the cluster's ARN says. */
  place(): Place {
    const { cluster_arn, assume_role } = this.#settings;
    const account = /^arn:[^:]*:iam::([0-9]{12}):/.exec(assume_role?.role_arn ?? '')?.[1];
    const assumed = account ?? parseClusterArn(cluster_arn)?.account ?? '';
    return { identity: { cluster_arn, service_name_prefix: this.#prefix, assume_role: `account ${assumed}` } };
  }

  async provision(spec: TenantComputeSpec, call?: ProviderCall) {
    return this.#change('provision', spec, call, provision);
  }

  async update(_tenantId: string, spec: TenantComputeSpec, call?: ProviderCall) {
    return this.#change('update', spec, call, update);
  }

  /** Ignores the signal: a destroy is not stopped by cancellation. */
  async destroy(tenantId: string, call: ProviderCall = {}): Promise<DestroyResult> {
    const uncancelled = { ...call, signal: undefined };
    const { retain_volumes = [] } = call;
    return this.#run('destroy', uncancelled, (context) =>
      destroy(context, this.#nameOf(tenantId), tenantId, retain_volumes),
    );
  }

  async stop(tenantId: string, call?: ProviderCall): Promise<void> {
    await this.#run('stop', call, (context) => stop(context, this.#nameOf(tenantId), tenantId));
  }

  async getStatus(tenantId: string, call?: ProviderCall): Promise<ComputeStatus> {
    return this.#run('read', call, (context) => this.#readStatus(context, tenantId));
  }

  async glance(tenantIds: readonly string[], call?: ProviderCall): Promise<Glance[]> {
    return this.#run('read', call, (context) => glanceAt(context, this.#prefix, tenantIds));
  }

  async validate(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<{ warnings: string[] }> {
    call.signal?.throwIfAborted();
    return (await import('./rollout/plan.ts')).validateSpec(spec, this.name, this.#defaults);
  }

  async fingerprints(spec: TenantComputeSpec): Promise<Record<string, string>> {
    const { fingerprintsOf, planTenant } = await import('./rollout/plan.ts');
    return fingerprintsOf(planTenant(spec, this.name, this.#defaults));
  }

  async addresses(spec: TenantComputeSpec): Promise<readonly string[]> {
    const { planTenant } = await import('./rollout/plan.ts');
    return addressesOf(planTenant(spec, this.name, this.#defaults));
  }

  async settingsToApply(tenantId: string, call?: ProviderCall): Promise<string | undefined> {
    return this.#run('read', call, async (context) => {
      const found = await findService(context, this.#nameOf(tenantId), tenantId);
      const left = found?.own ? settingsToApply(found.tags, context.settingsDigest) : undefined;
      return left && found && willMove(context, found.service) ? `${left}: the address will change` : left;
    });
  }

  list(call?: ProviderCall): AsyncGenerator<HeldTenant> {
    return this.listAfter('', call);
  }

  async *listAfter(tenantId: string, call: ProviderCall = {}): AsyncGenerator<HeldTenant> {
    try {
      const everyOwner = { ...call, installation: undefined };
      yield* listTenants(await this.#createContext('read', everyOwner), this.#prefix, tenantId);
    } catch (error) {
      throw call.signal?.aborted ? call.signal.reason : toComputeError(error, 'read');
    }
  }

  tenantOf(event: BackendEvent): string | undefined {
    return tenantOfEvent(event, this.#settings.cluster_arn, this.#prefix);
  }

  async logs(
    tenantId: string,
    { signal, logger, installation, ...query }: LogQuery & ProviderCall = {},
  ): Promise<LogPage> {
    signal?.throwIfAborted();
    logGroupOf(this.#settings, this.name);
    return this.#run('read', { signal, logger, installation }, async (context) => {
      const found = await findService(context, this.#nameOf(tenantId), tenantId);
      if (!found?.own) throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
      const client = await this.#logsClient.get();
      const retry = createRetry(this.#retryOptions(signal));
      return readLogPage(context, found, (input) => retry(() => client.getLogEvents(input, signal)), query);
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#logsClient.close()]);
  }

  async #readStatus(context: ProviderContext, tenantId: string): Promise<ComputeStatus> {
    const name = this.#nameOf(tenantId);
    const found = await findService(context, name, tenantId);
    if (!found && (await isLeftOf(context, name, tenantId))) return inertStatus(context, tenantId, 'stopped');
    if (!found?.own) throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
    if (found.service.status === 'DRAINING') return toStoppingStatus(context, tenantId, found);
    const volumes = await readVolumes(context, tenantId, found);
    const status = await this.#readActiveStatus(context, tenantId, found);
    return volumes ? { ...status, volumes } : status;
  }

  async #readActiveStatus(context: ProviderContext, tenantId: string, found: TenantService): Promise<ComputeStatus> {
    if (stoppedRun(found.service, found.tags)) return readStoppedStatus(context, tenantId, found);
    const observation = await observe(context, found);
    return toComputeStatus(context, tenantId, observation, readRolloutState(observation, context));
  }

  /** Plans everything before the first call to ECS, so a specification that breaks a rule changes nothing. */
  async #change<T>(
    kind: 'provision' | 'update',
    spec: TenantComputeSpec,
    call: ProviderCall | undefined,
    work: (context: ProviderContext, plan: Plan) => Promise<T>,
  ): Promise<T> {
    call?.signal?.throwIfAborted();
    const { planTenant } = await import('./rollout/plan.ts');
    const plan = planTenant(spec, this.name, this.#defaults, call);
    const secrets = spec.containers.flatMap(({ env = {} }) => Object.values(env));
    return this.#run(kind, call, async (context) => work(context, await withAddress(context, plan)), secrets);
  }

  async #run<T>(
    kind: CallKind,
    call: ProviderCall = {},
    work: (context: ProviderContext) => Promise<T>,
    secrets: readonly string[] = [],
  ): Promise<T> {
    try {
      return await work(await this.#createContext(kind, call));
    } catch (error) {
      throw call.signal?.aborted ? call.signal.reason : toComputeError(error, kind, secrets);
    }
  }

  async #createContext(kind: CallKind, call: ProviderCall): Promise<ProviderContext> {
    const { signal, logger, patience, installation, incarnation, restart } = call;
    signal?.throwIfAborted();
    const retries = this.#retryOptions(signal);
    // With patience 0 the caller limits the rate of this operation, and wants to learn that it was throttled. A read on
    // the way to a change is not what the caller counts, so that one is retried.
    const throwsThrottled = (operation: EcsOperation) =>
      patience === 0 && (kind === 'read' || !/^(?:Describe|List)/.test(operation));
    return {
      send: withRetries(await this.#client.get(), { ...retries, throwsThrottled }),
      provider: this.name,
      settings: this.#settings,
      settingsDigest: this.#settingsDigest,
      origin: { installation, incarnation },
      restart,
      logger: logger ?? this.#options.logger ?? silentLogger,
      now: this.#options.now ?? Date.now,
      sleep: (milliseconds) => retries.sleep(milliseconds, signal),
    };
  }

  #retryOptions(signal: AbortSignal | undefined): RetryOptions {
    const { random = Math.random, sleep: pause = sleep } = this.#options;
    return { signal, budget: RETRY_BUDGET, sleep: pause, random };
  }

  #nameOf(tenantId: string): string {
    return resourceName(this.#prefix, tenantId);
  }
}
