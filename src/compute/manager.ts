import {
  checkComputeStatus,
  checkLogPage,
  checkProvisionResult,
  checkUpdateResult,
  checkValidation,
} from './check-answer.ts';
import { ComputeError, InvalidSpecError, messageOf, TenantNotFoundError, UnsupportedError } from './errors.ts';
import type { Logger, Metrics, OperationMetric } from './logger.ts';
import type { LogQuery, Provider } from './provider.ts';
import type { Registry } from './registry.ts';
import type { ComputeStatus, LogPage, ProvisionResult, UpdateResult, ValidationResult } from './results.ts';
import { SharedCalls } from './shared-calls.ts';
import { explainTenantId, parseSpec } from './spec/check-spec.ts';
import { isTenantId } from './spec/names.ts';
import type { TenantComputeSpec } from './spec/spec.ts';

export interface CallOptions {
  /** Aborts the caller's wait, and the work where the provider can stop it. */
  signal?: AbortSignal | undefined;
  /** See `ProviderCall.patience`. */
  patience?: number | undefined;
}

export interface StatusOptions extends CallOptions {
  /** Milliseconds: how old an answer may be. At most the manager's `statusMaxAge`. */
  maxAge?: number | undefined;
}

export type LogOptions = CallOptions & LogQuery;

export interface ManagerOptions {
  /** Milliseconds for which a status is given again. Default 0: every call asks the provider. */
  statusMaxAge?: number;
}

type ManagerOperation = OperationMetric['operation'];

/** What is logged around an operation: constants, so that they can be searched and counted. */
const messages = {
  provision: { begin: 'provisioning tenant', end: 'provisioning completed', fail: 'provisioning failed' },
  update: { begin: 'updating tenant', end: 'update completed', fail: 'update failed' },
  destroy: { begin: 'destroying tenant', end: 'tenant destroyed', fail: 'destroy failed' },
} as const;

const component = 'compute-manager';

/**
 * The one door to all providers: validates, finds the provider, delegates, logs and measures. It holds no tenant state.
 *
 * Every method checks its input first (`InvalidSpecError`), then looks the provider up (`ProviderNotFoundError`), then calls
 * it. What the provider throws leaves the manager as the very same object. An answer that is not of the contract's shape
 * is a `ProviderFailedError`.
 */
export class Manager {
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  readonly #statuses: SharedCalls<ComputeStatus>;

  constructor(registry: Registry, logger: Logger, metrics?: Metrics, options: ManagerOptions = {}) {
    this.#registry = registry;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#statuses = new SharedCalls({ maxAge: options.statusMaxAge ?? 0 });
  }

  /** Brings a tenant up. Idempotent for equal specifications; see `Provider.provision`. */
  async provisionTenant(spec: TenantComputeSpec, options: CallOptions = {}): Promise<ProvisionResult> {
    const parsed = parseSpec(spec);
    const valid = parsed instanceof Promise ? await parsed : parsed;
    const provider = this.#registry.get(valid.provider_type);
    return this.#mutate('provision', provider, valid.tenant_id, async () => {
      const answer = await provider.provision(valid, this.#call(options));
      return checkProvisionResult(answer, provider.name);
    });
  }

  /** Brings a tenant to a new specification; `tenantId` must be the specification's. See `Provider.update`. */
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
      const answer = await provider.update(tenantId, valid, this.#call(options));
      return checkUpdateResult(answer, provider.name);
    });
  }

  /** Removes everything of a tenant. Succeeds where there is nothing. See `Provider.destroy`. */
  async destroyTenant(tenantId: string, providerType: string, options: CallOptions = {}): Promise<void> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    await this.#mutate('destroy', provider, tenantId, async () => {
      try {
        await provider.destroy(tenantId, this.#call(options));
        return { status: 'success' as const };
      } catch (error) {
        if (!(error instanceof TenantNotFoundError)) throw error;
        return { status: 'success' as const, message: 'nothing was there' };
      }
    });
  }

  /** What the provider observes. Concurrent calls for one tenant share one provider call. Throws `TenantNotFoundError`. */
  async getTenantStatus(tenantId: string, providerType: string, options: StatusOptions = {}): Promise<ComputeStatus> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    const key = keyOf(provider, tenantId);
    const call = (signal: AbortSignal) =>
      this.#measure('status', provider, async () =>
        checkComputeStatus(await provider.getStatus(tenantId, this.#call({ ...options, signal })), provider.name),
      );
    return this.#statuses.get(key, call, options);
  }

  /** Forgets what was last observed of a tenant, because something is known to have happened to it. */
  forgetStatus(tenantId: string, providerType: string): void {
    this.#statuses.forget(keyOf(this.#registry.get(providerType), tenantId));
  }

  /** A page of what a tenant's containers wrote; see `Provider.logs`. The lines are nowhere logged. Throws `TenantNotFoundError`, `UnsupportedError`. */
  async getTenantLogs(tenantId: string, providerType: string, options: LogOptions = {}): Promise<LogPage> {
    if (!isTenantId(tenantId)) throw await explainTenantId(tenantId);
    const provider = this.#registry.get(providerType);
    const { signal, ...query } = options;
    return this.#measure('logs', provider, async () => {
      if (!provider.logs) throw new UnsupportedError(`provider ${provider.name} keeps no logs of its containers`);
      return checkLogPage(await provider.logs(tenantId, { ...query, ...this.#call({ signal }) }), provider.name);
    });
  }

  /** Whether a specification could be provisioned, as far as can be told without doing it. Throws `InvalidSpecError`. */
  async validateTenantSpec(spec: TenantComputeSpec, options: CallOptions = {}): Promise<ValidationResult> {
    const parsed = parseSpec(spec);
    const valid = parsed instanceof Promise ? await parsed : parsed;
    const provider = this.#registry.get(valid.provider_type);
    return this.#measure('validate', provider, async () => {
      return checkValidation(await provider.validate(valid, this.#call(options)), provider.name);
    });
  }

  /** What the containers of a specification are made from, as far as its provider tells. See `Provider.fingerprints`. */
  async fingerprintsOf(spec: TenantComputeSpec): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#registry.get(spec.provider_type).fingerprints?.(spec);
  }

  /** Whose limits the calls to a provider count against; see `Provider.backend`. */
  backendOf(providerType: string): string {
    const backend = this.#registry.has(providerType) ? this.#registry.get(providerType).backend : undefined;
    return backend ?? providerType;
  }

  /** The names of the registered providers, sorted. */
  listProviders(): string[] {
    return this.#registry.list();
  }

  #call(options: CallOptions) {
    const { signal, patience } = options;
    return { signal, ...(patience !== undefined && { patience }), logger: this.#logger };
  }

  /** Logs around an operation that changes a tenant, and forgets what was known of its status. */
  async #mutate<T extends CallOutcome>(
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
      outcome = outcomeOf(result);
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

interface CallOutcome {
  status: OperationMetric['outcome'];
  message?: string;
  changes?: string[];
}

function outcomeOf(result: unknown): OperationMetric['outcome'] {
  const status = (result as Partial<CallOutcome> | undefined)?.status;
  return status ?? 'success';
}

function keyOf(provider: Provider, tenantId: string): string {
  return `${provider.name}/${tenantId}`;
}
