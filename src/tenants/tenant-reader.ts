import { OperationNotFoundError, TenantNotFoundError } from '../compute/errors.ts';
import type { Manager } from '../compute/manager.ts';
import type { ComputeStatus } from '../compute/results.ts';
import type { Clock } from './clock.ts';
import { fallbackStatus } from './model/fallback-status.ts';
import type { Operation } from './model/operation.ts';
import type { Revision, Tenant } from './model/tenant.ts';
import { operationsOf, revisionsOf } from './store/history.ts';
import type { ListQuery } from './store/list-query.ts';
import type { Store, TenantPage } from './store/store.ts';

export interface TenantReaderOptions {
  store: Store;
  manager: Manager;
  clock: Clock;
}

/** What is known of tenants. */
export class TenantReader {
  protected readonly store: Store;
  protected readonly manager: Manager;
  protected readonly clock: Clock;

  constructor({ store, manager, clock }: TenantReaderOptions) {
    this.store = store;
    this.manager = manager;
    this.clock = clock;
  }

  /** The tenant, or the tombstone of a destroyed one. Throws `TenantNotFoundError`. */
  async get(tenantId: string): Promise<Tenant> {
    const { tenant } = await this.store.getTenant(tenantId);
    if (!tenant || tenant.desired.revision === 0) throw new TenantNotFoundError(tenantId);
    return tenant;
  }

  /** What the provider observes of a tenant. One read of the store, none where the provider is named. Throws `TenantNotFoundError`. */
  async status(
    tenantId: string,
    options: { provider?: string | undefined; maxAge?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<ComputeStatus> {
    const { provider, ...call } = options;
    if (provider) return this.manager.getTenantStatus(tenantId, provider, call);
    const found = await this.store.getSummary(tenantId);
    if (!found || found.summary.phase === 'destroyed' || found.summary.revision === 0)
      throw new TenantNotFoundError(tenantId);
    try {
      return await this.manager.getTenantStatus(tenantId, found.summary.provider_type, call);
    } catch (error) {
      if (!(error instanceof TenantNotFoundError)) throw error;
      return fallbackStatus(await found.tenant(), this.now());
    }
  }

  list(query: ListQuery): Promise<TenantPage> {
    return this.store.listTenants(query);
  }

  /** The revisions of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async revisions(tenantId: string, limit = 50): Promise<Revision[]> {
    return revisionsOf(this.store, await this.get(tenantId), limit);
  }

  /** The operations of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async operations(tenantId: string, limit = 50): Promise<Operation[]> {
    return operationsOf(this.store, await this.get(tenantId), limit);
  }

  /** An operation; with `waitMs`, once it has ended or that time has passed. Throws `OperationNotFoundError`. */
  async operation(
    id: string,
    options: { waitMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Operation> {
    const { clock } = this;
    const until = clock.now() + (options.waitMs ?? 0);
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
      const operation = await this.store.getOperation(id);
      if (!operation) throw new OperationNotFoundError(JSON.stringify(id.slice(0, 128)));
      if (operation.state !== 'running' || clock.now() >= until) return operation;
      await clock.sleep(Math.min(pause, until - clock.now()), options.signal);
    }
  }

  protected now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
