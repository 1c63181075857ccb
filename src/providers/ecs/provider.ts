import type { Capabilities } from '../../compute/capabilities.ts';
import { TenantNotFoundError } from '../../compute/errors.ts';
import { silentLogger } from '../../compute/logger.ts';
import type {
  BackendEvent,
  HeldTenant,
  LogQuery,
  Provider,
  ProviderCall,
  ProviderOptions,
} from '../../compute/provider.ts';
import type { ComputeStatus, LogPage } from '../../compute/results.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { batching } from './api/batching.ts';
import type { EcsClient, EcsOperation } from './api/client.ts';
import { type Purpose, toComputeError } from './api/compute-errors.ts';
import { connect, connectLogs } from './api/connect.ts';
import { KeptClient } from './api/kept-client.ts';
import type { LogsClient } from './api/logs-client.ts';
import { type RetryOptions, repeating, sleep, withRetries } from './api/retry.ts';
import type { EcsConfig } from './config.ts';
import { tenantOfEvent } from './events.ts';
import { logGroupOf, readLogPage } from './logs/log-pages.ts';
import { defaultPrefix, parseClusterArn, resourceName } from './names.ts';
import type { ProviderContext } from './provider-context.ts';
import { destroy } from './rollout/destroy.ts';
import { fingerprintsOf, type Plan, planTenant } from './rollout/plan.ts';
import { provision } from './rollout/provision.ts';
import { findOwnRevision } from './rollout/task-definitions.ts';
import { update } from './rollout/update.ts';
import { checkEcsSpec } from './rules.ts';
import { SECRET_SOURCES } from './secrets.ts';
import { configFor, type Operator, readOperator, shownDefaults } from './settings.ts';
import { ecsConfigShape } from './shapes.ts';
import { endpointsOf } from './status/endpoints.ts';
import { listTenants } from './status/list.ts';
import { findService, observe } from './status/observe.ts';
import { readRolloutState } from './status/rollout-state.ts';
import { toComputeStatus, toStoppingStatus } from './status/status.ts';

/** Milliseconds that an operation may spend waiting for ECS to take calls again. */
const PATIENCE = 15_000;

export interface EcsProviderOptions extends ProviderOptions {
  /** Instead of the AWS SDK. */
  client?: EcsClient | undefined;
  logsClient?: LogsClient | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
  sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  random?: (() => number) | undefined;
}

/**
 * Runs each tenant as one service of an ECS cluster: its containers are one task. ECS carries rollouts out by itself, so
 * provision and update answer `in_progress` after the calls, and the status tells the end.
 */
export async function createEcsProvider(options: EcsProviderOptions): Promise<Provider> {
  return new EcsProvider(await readOperator(options.name, options.defaults), options);
}

type Surroundings = Omit<EcsProviderOptions, 'name' | 'defaults'>;

export class EcsProvider implements Provider {
  readonly name: string;
  readonly capabilities: Partial<Capabilities>;
  readonly backend: string;
  readonly configSchema = ecsConfigShape.schema;
  readonly configDefaults: Readonly<Record<string, unknown>>;
  readonly #operator: Operator;
  readonly #config: EcsConfig;
  readonly #options: Surroundings;
  readonly #client: KeptClient<EcsClient>;
  readonly #logsClient: KeptClient<LogsClient>;

  constructor(operator: Operator, options: Surroundings) {
    const { provider: name, defaults, config } = operator;
    this.name = name;
    this.#operator = operator;
    this.#config = config;
    const { account, region } = parseClusterArn(this.#config.cluster_arn) ?? {};
    this.backend = `ecs ${account} ${region}`; // ECS limits the calls of an account in a region, whatever the cluster
    this.configDefaults = shownDefaults(defaults);
    this.#options = options;
    this.capabilities = {
      secret_sources: [...SECRET_SOURCES],
      // Each tenant has network interfaces of its own; who reaches them, the operator's security groups say.
      network_isolation: false,
      logs: this.#config.log_group !== undefined,
    };
    this.#client = new KeptClient(options.client && batching(options.client), async () =>
      batching(await connect(this.#config, name)),
    );
    this.#logsClient = new KeptClient(options.logsClient, () => connectLogs(this.#config, name));
  }

  async provision(spec: TenantComputeSpec, call?: ProviderCall) {
    return this.#carryOut('provision', spec, call, provision);
  }

  async update(_tenantId: string, spec: TenantComputeSpec, call?: ProviderCall) {
    return this.#carryOut('update', spec, call, update);
  }

  async destroy(tenantId: string, call: ProviderCall = {}): Promise<void> {
    const deaf = { ...call, signal: undefined };
    await this.#run('destroy', deaf, (session) => destroy(session, this.#nameOf(tenantId), tenantId));
  }

  async getStatus(tenantId: string, call?: ProviderCall): Promise<ComputeStatus> {
    return this.#run('read', call, (session) => this.#readStatus(session, tenantId));
  }

  async validate(spec: TenantComputeSpec, call: ProviderCall = {}): Promise<{ warnings: string[] }> {
    call.signal?.throwIfAborted();
    return checkEcsSpec(spec, await configFor(spec, this.#operator), this.#operator);
  }

  async fingerprints(spec: TenantComputeSpec): Promise<Record<string, string>> {
    return fingerprintsOf(planTenant(spec, await configFor(spec, this.#operator), this.#operator));
  }

  list(call?: ProviderCall): AsyncGenerator<HeldTenant> {
    return this.listAfter('', call);
  }

  async *listAfter(tenantId: string, call: ProviderCall = {}): AsyncGenerator<HeldTenant> {
    try {
      yield* listTenants(await this.#begin(call), this.#prefix(), tenantId);
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw toComputeError(error, 'read');
    }
  }

  tenantOf(event: BackendEvent): string | undefined {
    return tenantOfEvent(event, this.#config.cluster_arn, this.#prefix());
  }

  async logs(tenantId: string, { signal, logger, ...query }: LogQuery & ProviderCall = {}): Promise<LogPage> {
    signal?.throwIfAborted();
    logGroupOf(this.#config, this.name);
    return this.#run('read', { signal, logger }, async (session) => {
      const found = await findService(session, this.#nameOf(tenantId), tenantId);
      if (!found?.own) throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
      const client = await this.#logsClient.get();
      const repeat = repeating(this.#retries(signal));
      return readLogPage(session, found, (input) => repeat(() => client.getLogEvents(input, signal)), query);
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#logsClient.close()]);
  }

  async #readStatus(session: ProviderContext, tenantId: string): Promise<ComputeStatus> {
    const name = this.#nameOf(tenantId);
    const about = { tenantId, provider: this.name, now: session.now() };
    const found = await findService(session, name, tenantId);
    if (!found?.own) {
      if (!found && (await findOwnRevision(session, name))) return onlyDefinitions(about);
      throw new TenantNotFoundError(`${tenantId} on ${this.name}`);
    }
    if (found.service.status === 'DRAINING') return toStoppingStatus(found, about);
    const observation = await observe(session, found);
    const timeout = this.#config.rollout_timeout_seconds * 1000;
    const standing = readRolloutState(observation, { now: about.now, timeout });
    const endpoints = endpointsOf(observation, standing.serving, this.#config);
    return toComputeStatus(observation, standing, { ...about, endpoints });
  }

  /** Works out everything first, so that what is refused is refused before the first call. */
  async #carryOut<T>(
    doing: 'provision' | 'update',
    spec: TenantComputeSpec,
    call: ProviderCall | undefined,
    work: (session: ProviderContext, plan: Plan) => Promise<T>,
  ): Promise<T> {
    call?.signal?.throwIfAborted();
    const plan = planTenant(spec, await configFor(spec, this.#operator), this.#operator);
    const secrets = spec.containers.flatMap(({ env = {} }) => Object.values(env));
    return this.#run(doing, call, (session) => work(session, plan), secrets);
  }

  async #run<T>(
    doing: Purpose,
    call: ProviderCall = {},
    work: (session: ProviderContext) => Promise<T>,
    secrets: readonly string[] = [],
  ): Promise<T> {
    try {
      return await work(await this.#begin(call, doing));
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw toComputeError(error, doing, secrets);
    }
  }

  async #begin({ signal, logger, patience }: ProviderCall, doing: Purpose = 'read'): Promise<ProviderContext> {
    signal?.throwIfAborted();
    const { now = Date.now } = this.#options;
    // What an operation is for is what its caller rates; a read on the way there is worth a little waiting.
    const throwsThrottled = (operation: EcsOperation) =>
      patience === 0 && (doing === 'read' || !/^(?:Describe|List)/.test(operation));
    const retries = this.#retries(signal);
    return {
      send: withRetries(await this.#client.get(), { ...retries, throwsThrottled }),
      provider: this.name,
      config: this.#config,
      logger: logger ?? this.#options.logger ?? silentLogger,
      now,
      sleep: (milliseconds) => retries.sleep(milliseconds, signal),
    };
  }

  #retries(signal: AbortSignal | undefined): RetryOptions {
    const { random = Math.random, sleep: pause = sleep } = this.#options;
    return { signal, budget: PATIENCE, sleep: pause, random };
  }

  #prefix(): string {
    return this.#config.service_name_prefix ?? defaultPrefix(this.name);
  }

  #nameOf(tenantId: string): string {
    return resourceName(this.#prefix(), tenantId);
  }
}

/** Only task definitions are left of it: an operation was cut short, and is to be repeated. */
function onlyDefinitions(about: { tenantId: string; provider: string; now: number }): ComputeStatus {
  return {
    tenant_id: about.tenantId,
    provider_type: about.provider,
    state: 'stopped',
    containers: [],
    health: 'unknown',
    endpoints: [],
    last_updated: new Date(about.now).toISOString(),
    metadata: {},
  };
}
