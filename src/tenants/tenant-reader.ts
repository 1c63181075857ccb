import { OperationNotFoundError, TenantNotFoundError } from '../compute/errors.ts';
import type { LogOptions, Manager, StatusOptions } from '../compute/manager.ts';
import type { ComputeStatus, LogPage } from '../compute/results.ts';
import { type Clock, timestamp } from './clock.ts';
import { fallbackStatus } from './model/fallback-status.ts';
import type { Operation } from './model/operation.ts';
import { exists } from './model/phases.ts';
import type { Revision, Tenant } from './model/tenant.ts';
import { isRunning } from './model/tenant-state.ts';
import { refuseMoved, refuseMovedSummary } from './place/check-place.ts';
import { operationsOf, revisionsOf } from './store/history.ts';
import type { ListQuery, Store, TenantPage } from './store/store.ts';

export interface TenantReaderOptions {
  store: Store;
  manager: Manager;
  clock: Clock;
}

/** All reads of tenants. */
export class TenantReader {
  protected readonly store: Store;
  protected readonly manager: Manager;
  protected readonly clock: Clock;

  constructor({ store, manager, clock }: TenantReaderOptions) {
    this.store = store;
    this.manager = manager;
    this.clock = clock;
  }

  /** Returns the tenant, or the tombstone of a destroyed one. Throws `TenantNotFoundError`. */
  async get(tenantId: string): Promise<Tenant> {
    const { tenant } = await this.store.getTenant(tenantId);
    if (!tenant || tenant.desired.revision === 0) throw new TenantNotFoundError(tenantId);
    return tenant;
  }

  /**
   * Returns what the provider observes of a tenant; where it has nothing of a tenant on record, the fallback status. Reads
   * the table once; where `provider` is given, only if that fails. Throws `TenantNotFoundError`, `PlaceChangedError`.
   * `maxAge`: how old a cached status may be, in milliseconds.
   */
  async status(
    tenantId: string,
    options: { provider?: string | undefined; maxAge?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<ComputeStatus> {
    const { provider, ...call } = options;
    if (provider) return this.#statusOn(provider, tenantId, call);
    const found = await this.store.getSummary(tenantId);
    if (!found || !exists(found.summary) || found.summary.revision === 0) throw new TenantNotFoundError(tenantId);
    await refuseMovedSummary(this.manager, found);
    try {
      return await this.manager.getTenantStatus(tenantId, found.summary.provider_type, call);
    } catch (error) {
      if (!(error instanceof TenantNotFoundError)) throw error;
      return fallbackStatus(found.tenant(), timestamp(this.clock));
    }
  }

  /** Returns what a provider observes. Where it fails or has nothing, reads whether the tenant is at another place. */
  async #statusOn(provider: string, tenantId: string, call: StatusOptions): Promise<ComputeStatus> {
    try {
      return await this.manager.getTenantStatus(tenantId, provider, call);
    } catch (error) {
      const found = await this.store.getSummary(tenantId);
      if (found?.summary.provider_type === provider && exists(found.summary)) {
        await refuseMovedSummary(this.manager, found);
      }
      throw error;
    }
  }

  /** Returns a page of logs from the provider on record. Throws `TenantNotFoundError`, `UnsupportedError`. */
  async logs(tenantId: string, options: LogOptions = {}): Promise<LogPage> {
    const tenant = await this.get(tenantId);
    if (!exists(tenant)) throw new TenantNotFoundError(tenantId);
    await refuseMoved(this.manager, tenant);
    return this.manager.getTenantLogs(tenantId, tenant.provider_type, options);
  }

  /** Returns a page of tenants in the order of their ids. Throws `InvalidRequestError` for a cursor of another list. */
  list(query: ListQuery): Promise<TenantPage> {
    return this.store.listTenants(query);
  }

  /** Returns the revisions of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async revisions(tenantId: string, limit = 50): Promise<Revision[]> {
    return revisionsOf(this.store, await this.get(tenantId), limit);
  }

  /** Returns the operations of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async operations(tenantId: string, limit = 50): Promise<Operation[]> {
    return operationsOf(this.store, await this.get(tenantId), limit);
  }

  /**
   * Returns an operation. With `waitMs`, returns when it has ended or that many milliseconds have passed. Throws
   * `OperationNotFoundError`, and the signal's reason when it is aborted.
   */
  async operation(
    id: string,
    options: { waitMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Operation> {
    const { clock } = this;
    const until = clock.now() + (options.waitMs ?? 0);
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
      const operation = await this.store.getOperation(id);
      if (!operation) throw new OperationNotFoundError(JSON.stringify(id.slice(0, 128)));
      if (!isRunning({ operation }) || clock.now() >= until) return operation;
      await clock.sleep(Math.min(pause, until - clock.now()), options.signal);
    }
  }
}
