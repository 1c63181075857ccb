import type { CallOptions, LogOptions, ManagerOptions, StatusOptions } from './call-options.ts';
import { unsupportedIssues } from './capabilities/unsupported-fields.ts';
import {
  checkComputeStatus,
  checkDestroyResult,
  checkExecSession,
  checkGlances,
  checkLogPage,
  checkProvisionResult,
  checkUpdateResult,
  checkValidation,
} from './check-answer.ts';
import {
  ComputeError,
  InvalidSpecError,
  type Issue,
  messageOf,
  TenantNotFoundError,
  UnsupportedError,
} from './errors.ts';
import type { ExecRequest, ExecSession } from './exec/exec.ts';
import { component, type Logger, type Metrics, messages, type OperationMetric } from './logger.ts';
import type { Place } from './place/place.ts';
import { capabilitiesOf, type Glance, type Provider, type ProviderCall } from './provider.ts';
import type { Registry } from './registry.ts';
import type {
  ComputeStatus,
  DestroyResult,
  Endpoint,
  LogPage,
  ProvisionResult,
  UpdateResult,
  ValidationResult,
} from './results.ts';
import { SharedCalls } from './shared-calls.ts';
import { explainTenantId, parseSpec } from './spec/check-spec.ts';
import { isTenantId } from './spec/names.ts';
import type { TenantComputeSpec } from './spec/spec.ts';
import { withVersion } from './start-order/start-order.ts';
import { volumesMessage } from './volumes/volumes.ts';

export type { CallOptions, LogOptions, ManagerOptions, StatusOptions } from './call-options.ts';

type ManagerOperation = OperationMetric['operation'];

/**
 * Calls providers for the rest of Berth: validates, finds the provider, delegates, logs and measures. Holds no state of
 * tenants but a short cache of statuses.
 *
 * Every method validates its input first (`InvalidSpecError`), then finds the provider (`ProviderNotFoundError`), then calls
 * it. An error of the provider leaves the manager as the same object. An answer that breaks the contract is a
 * `ProviderFailedError`.
 */
export class Manager {
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  readonly #statuses: SharedCalls<ComputeStatus>;
  readonly #installation: ManagerOptions['installation'];
  readonly #addresses: ManagerOptions['addresses'];

  constructor(registry: Registry, logger: Logger, metrics?: Metrics, options: ManagerOptions = {}) {
    this.#registry = registry;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#statuses = new SharedCalls({ maxAge: options.statusMaxAge ?? 0 });
    this.#installation = options.installation;
    this.#addresses = options.addresses;
  }

  /** Returns a result or a record of a tenant with its present addresses. See `ManagerOptions.addresses`. */
  withAddresses<T extends { tenant_id: string; endpoints: Endpoint[] }>(of: T): T {
    return this.#addresses ? { ...of, endpoints: this.#addresses(of.tenant_id, of.endpoints) } : of;
  }

  /** Starts a tenant. Idempotent for equal specifications. See `Provider.provision`. */
  async provisionTenant(spec: TenantComputeSpec, options: CallOptions = {}): Promise<ProvisionResult> {
    const parsed = parseSpec(spec);
    const valid = parsed instanceof Promise ? await parsed : parsed;
    const provider = this.#registry.get(valid.provider_type);
    return this.#mutate('provision', provider, valid.tenant_id, async () => {
      const issues = unsupportedIssues(valid, provider);
      if (issues.length > 0) await this.#refuse(provider, valid, issues, options);
      const result = await this.#asInstallation('change', options, (call) => provider.provision(valid, call));
      return this.withAddresses(checkProvisionResult(result, provider.name));
    });
  }

  /** Updates a tenant to a new specification, whose `tenant_id` must equal `tenantId`. See `Provider.update`. */
  async updateTenant(tenantId: string, spec: TenantComputeSpec, options: CallOptions = {}): Promise<UpdateResult> {
    const parsed = parseSpec(spec);
    const valid = parsed instanceof Promise ? await parsed : parsed;
    if (tenantId !== valid.tenant_id) {
      throw new InvalidSpecError([
        { pointer: '/tenant_id', message: 'tenant_id must equal the id of the tenant to update' },
      ]);
    }
    const provider = this.#registry.get(valid.provider_type);
    return this.#mutate('update', provider, tenantId, async () => {
      const issues = unsupportedIssues(valid, provider);
      if (issues.length > 0) await this.#refuse(provider, valid, issues, options);
      const result = await this.#asInstallation('change', options, (call) => provider.update(tenantId, valid, call));
      return checkUpdateResult(result, provider.name);
    });
  }

  /** Removes all of a tenant. Succeeds if the provider holds nothing of it. See `Provider.destroy`. */
  async destroyTenant(tenantId: string, providerType: string, options: CallOptions = {}): Promise<DestroyResult> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    const { volumes } = await this.#mutate('destroy', provider, tenantId, async () => {
      try {
        const answer = await this.#asInstallation('change', options, (call) => provider.destroy(tenantId, call));
        const result = checkDestroyResult(answer, provider.name);
        return { status: 'success' as const, message: volumesMessage(result), volumes: result };
      } catch (error) {
        if (!(error instanceof TenantNotFoundError)) throw error;
        const none = { deleted_volumes: [], kept_volumes: [] };
        return { status: 'success' as const, message: 'nothing was there', volumes: none };
      }
    });
    return volumes;
  }

  /**
   * Ends every process of a tenant, and keeps the rest. See `Provider.stop`. Throws `TenantNotFoundError`, and
   * `UnsupportedError` if the provider cannot stop tenants.
   */
  async stopTenant(tenantId: string, providerType: string, options: CallOptions = {}): Promise<void> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.requireStop(providerType);
    await this.#mutate('stop', provider, tenantId, async () => {
      await this.#asInstallation('change', options, async (call) => provider.stop?.(tenantId, call));
      return { status: 'success' as const };
    });
  }

  /** Lets the version of a tenant go on past a gate. See `Provider.approve`. Throws `TenantNotFoundError`. */
  async approveTenant(tenantId: string, providerType: string, gate: string, options: CallOptions = {}): Promise<void> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.requireApproval(providerType);
    await this.#mutate('approve', provider, tenantId, async () => {
      await this.#asInstallation('change', options, async (call) => provider.approve?.(tenantId, gate, call));
      return { status: 'success' as const };
    });
  }

  /** Returns a provider by name. Throws `UnsupportedError` if its new versions never wait for approval. */
  requireApproval(providerType: string): Provider {
    const provider = this.#registry.get(providerType);
    if (capabilitiesOf(provider).approval && provider.approve) return provider;
    throw new UnsupportedError(`versions on provider ${provider.name} do not wait for approval`);
  }

  /** Returns a provider by name. Throws `UnsupportedError` if it cannot stop, start and restart its tenants. */
  requireStop(providerType: string): Provider {
    const provider = this.#registry.get(providerType);
    if (capabilitiesOf(provider).stop && provider.stop) return provider;
    throw new UnsupportedError(`provider ${provider.name} cannot stop, start or restart tenants`);
  }

  /**
   * Returns the state of a tenant as its provider observes it. Concurrent calls for one tenant share one call of the
   * provider. Throws `TenantNotFoundError` if the provider holds nothing of the tenant.
   */
  async getTenantStatus(tenantId: string, providerType: string, options: StatusOptions = {}): Promise<ComputeStatus> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    const call = (signal: AbortSignal) =>
      this.#measure('status', provider, async () =>
        this.withAddresses(
          checkComputeStatus(
            await this.#asInstallation('read', { ...options, signal }, (own) => provider.getStatus(tenantId, own)),
            provider.name,
          ),
        ),
      );
    return this.#statuses.get(keyOf(provider, tenantId), call, options);
  }

  /** Returns how many tenants one glance of a provider takes: 0 where the provider has no `glance`. */
  glanceLimitOf(providerType: string): number {
    const { glance, glanceLimit = 1000 } = this.#registry.get(providerType);
    return glance ? glanceLimit : 0;
  }

  /** Looks at many tenants at once. See `Provider.glance`. */
  async glanceAt(tenantIds: readonly string[], providerType: string, options: CallOptions = {}): Promise<Glance[]> {
    const provider = this.#registry.get(providerType);
    const { glance } = provider;
    if (!glance) throw new UnsupportedError(`provider ${provider.name} has no glance at many tenants`);
    const answer = await this.#asInstallation('read', options, (call) => glance.call(provider, tenantIds, call));
    return checkGlances(answer, tenantIds, provider.name);
  }

  /** Drops the cached status of a tenant, because something happened to it. */
  forgetStatus(tenantId: string, providerType: string): void {
    this.#statuses.forget(keyOf(this.#registry.get(providerType), tenantId));
  }

  /**
   * Returns a page of the logs of a tenant's containers. Their lines are not logged. See `Provider.logs`.
   * Throws `TenantNotFoundError`, and `UnsupportedError` if the provider keeps no logs.
   */
  async getTenantLogs(tenantId: string, providerType: string, options: LogOptions = {}): Promise<LogPage> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    const { signal, ...query } = options;
    return this.#measure('logs', provider, async () => {
      if (!provider.logs) throw new UnsupportedError(`provider ${provider.name} keeps no logs of its containers`);
      const { logs } = provider;
      const page = await this.#asInstallation('read', { signal }, (call) =>
        logs.call(provider, tenantId, { ...query, ...call }),
      );
      return checkLogPage(page, provider.name);
    });
  }

  /**
   * Starts a program in a container of a tenant. See `Provider.exec`. Neither the command nor its output is logged. Throws
   * `UnsupportedError` if the provider cannot, or its settings do not allow it.
   */
  async execInTenant(
    tenantId: string,
    providerType: string,
    { signal, ...request }: ExecRequest & Pick<CallOptions, 'signal'>,
  ): Promise<ExecSession> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    return this.#measure('exec', provider, async () => {
      if (!provider.exec) throw new UnsupportedError(`provider ${provider.name} runs no programs for callers`);
      const { exec } = provider;
      const start = (call: ProviderCall) => exec.call(provider, tenantId, { ...request, ...call });
      return checkExecSession(await this.#asInstallation('read', { signal }, start), provider.name);
    });
  }

  /** Validates a specification, also by the rules of its provider, without side effects. Throws `InvalidSpecError`. */
  async validateTenantSpec(spec: TenantComputeSpec, options: CallOptions = {}): Promise<ValidationResult> {
    const parsed = parseSpec(spec);
    const valid = parsed instanceof Promise ? await parsed : parsed;
    const provider = this.#registry.get(valid.provider_type);
    return this.#measure('validate', provider, async () => {
      const answer = checkValidation(await provider.validate(valid, this.#call(options)), provider.name);
      const issues = unsupportedIssues(valid, provider);
      if (issues.length > 0) throw new InvalidSpecError(issues);
      return answer;
    });
  }

  /** Returns what has to be done so that the operator's settings apply to a tenant. See `Provider.settingsToApply`. */
  async settingsToApply(
    tenantId: string,
    provider: string,
    call: { signal?: AbortSignal | undefined } = {},
  ): Promise<string | undefined> {
    return this.#registry.get(provider).settingsToApply?.(tenantId, { ...call, logger: this.#logger });
  }

  /** Returns the fingerprints of a specification's containers, if its provider has any. See `Provider.fingerprints`. */
  async fingerprintsOf(spec: TenantComputeSpec): Promise<Readonly<Record<string, string>> | undefined> {
    const fingerprints = await this.#registry.get(spec.provider_type).fingerprints?.(spec);
    return fingerprints && withVersion(fingerprints, spec);
  }

  /** Returns what the address of a tenant depends on, if its provider tells. See `Provider.addresses`. */
  async addressesOf(spec: TenantComputeSpec): Promise<readonly string[] | undefined> {
    try {
      return await this.#registry.get(spec.provider_type).addresses?.(spec);
    } catch {
      return undefined; // a recorded specification that the settings of today refuse
    }
  }

  /** Returns the name of the rate limit that calls to a provider count against. See `Provider.backend`. */
  backendOf(providerType: string): string {
    const backend = this.#registry.has(providerType) ? this.#registry.get(providerType).backend : undefined;
    return backend ?? providerType;
  }

  /**
   * Returns the place of a provider's tenants, or of the tenant with a specification. Returns undefined for a provider that
   * has none or is not registered. See `Provider.place`.
   */
  placeOf(providerType: string, spec?: TenantComputeSpec): Place | Promise<Place> | undefined {
    return this.#registry.has(providerType) ? this.#registry.get(providerType).place?.(spec) : undefined;
  }

  /** Returns the names of the registered providers, sorted. */
  listProviders(): string[] {
    return this.#registry.list();
  }

  /** Refuses a specification with fields that its provider does not support. The provider's own reason comes first. */
  async #refuse(
    provider: Provider,
    spec: TenantComputeSpec,
    issues: readonly Issue[],
    options: CallOptions,
  ): Promise<never> {
    await provider.validate(spec, this.#call(options));
    throw new InvalidSpecError(issues);
  }

  /** Makes a call of the provider, at once where the id of the installation need not be read first. */
  #asInstallation<T>(
    purpose: 'read' | 'change',
    options: CallOptions,
    make: (call: ProviderCall) => Promise<T>,
  ): Promise<T> {
    if (!this.#installation) return make(this.#call(options));
    return this.#installation(purpose).then((installation) => make({ ...this.#call(options), installation }));
  }

  #call({ signal, patience, incarnation, specHash, restart, retainVolumes }: CallOptions): ProviderCall {
    return {
      signal,
      ...(patience !== undefined && { patience }),
      ...(incarnation !== undefined && { incarnation }),
      ...(specHash !== undefined && { spec_hash: specHash }),
      ...(restart !== undefined && { restart }),
      ...(retainVolumes !== undefined && { retain_volumes: retainVolumes }),
      logger: this.#logger,
    };
  }

  /** Logs and measures an operation that changes a tenant, and drops the tenant's cached status. */
  async #mutate<T extends CallResult>(
    operation: keyof typeof messages,
    provider: Provider,
    tenantId: string,
    run: () => Promise<T>,
  ): Promise<T> {
    const { begin, end, fail } = messages[operation];
    const fields = { component, tenant_id: tenantId, provider: provider.name };
    this.#logger.info(begin, fields);
    try {
      const result = await this.#measure(operation, provider, run);
      const { status, message, changes } = result;
      if (status === 'failed') this.#logger.error(fail, { ...fields, status, changes, error: message });
      else this.#logger.info(end, { ...fields, status, changes, detail: message || undefined });
      return result;
    } catch (error) {
      const code = error instanceof ComputeError ? error.code : undefined;
      this.#logger.error(fail, { ...fields, status: 'failed', error: messageOf(error), ...(code && { code }) });
      throw error;
    } finally {
      this.#statuses.forget(keyOf(provider, tenantId));
    }
  }

  async #measure<T>(operation: ManagerOperation, provider: Provider, run: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    let outcome: OperationMetric['outcome'] = 'failed';
    try {
      const result = await run();
      outcome = (result as Partial<CallResult> | undefined)?.status ?? 'success';
      return result;
    } finally {
      this.#metrics?.recordOperation({
        operation,
        provider: provider.name,
        outcome,
        duration: performance.now() - begun,
      });
    }
  }
}

interface CallResult {
  status: OperationMetric['outcome'];
  message?: string;
  changes?: string[];
}

function keyOf(provider: Provider, tenantId: string): string {
  return `${provider.name}/${tenantId}`;
}
