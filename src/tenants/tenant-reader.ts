import {
  InvalidRequestError,
  OperationNotFoundError,
  OrphanNotFoundError,
  RevisionNotFoundError,
  TenantNotFoundError,
} from '../compute/errors.ts';
import type { LogOptions, Manager, StatusOptions } from '../compute/manager.ts';
import type { ComputeStatus, LogPage } from '../compute/results.ts';
import { type Clock, elapsed, timestamp } from './clock.ts';
import type { RevisionDiff } from './decide/plan.ts';
import { specChanges } from './decide/spec-changes.ts';
import { fallbackStatus } from './model/fallback-status.ts';
import type { Operation } from './model/operation.ts';
import { exists } from './model/phases.ts';
import type { Installation, Orphan } from './model/records.ts';
import { isPlainHash, withShownHashes } from './model/spec-hash.ts';
import type { Tenant } from './model/tenant.ts';
import { isRunning } from './model/tenant-state.ts';
import { refuseMoved, refuseMovedSummary } from './place/check-place.ts';
import type { ActivityPage, ActivityQuery } from './store/activity.ts';
import { findRevision, type HistoryPage, type KnownRevision, operationsOf, revisionsOf } from './store/history.ts';
import type { ListQuery, Store, TenantPage } from './store/store.ts';
import type { ShownHealth } from './watch/shown-health.ts';

export interface TenantReaderOptions {
  store: Store;
  manager: Manager;
  clock: Clock;
}

export interface OrphanQuery {
  provider?: string | undefined;
  /** The last orphan of the page before. */
  after?: Pick<Orphan, 'provider' | 'tenant_id'> | undefined;
  limit: number;
}

/** Which part of a list of a tenant's history to return, and who asks: a cursor is valid for its caller only. */
export interface HistoryQuery {
  limit: number;
  cursor?: string | undefined;
  caller: string;
}

export interface Page<T> {
  entries: T[];
  next_cursor: string | undefined;
}

/** How many callers of one process wait for operations at a time. Each of them reads the table every second. */
const MAX_WAITING = 100;

/** All reads of tenants. */
export class TenantReader {
  protected readonly store: Store;
  protected readonly manager: Manager;
  protected readonly clock: Clock;
  #waiting = 0;

  constructor({ store, manager, clock }: TenantReaderOptions) {
    this.store = store;
    this.manager = manager;
    this.clock = clock;
  }

  /** Returns the identity of this installation, and makes it where the table has none. */
  installation(): Promise<Installation> {
    return this.store.installation();
  }

  /**
   * Returns a page of the orphans on record, by provider and id, those after `after`. A page that is not full is the last.
   * `provider`: only those of this provider; default: of every registered one.
   */
  async orphans({ provider, after, limit }: OrphanQuery): Promise<Orphan[]> {
    const names = provider === undefined ? this.manager.listProviders() : [provider];
    const found: Orphan[] = [];
    for (const name of names.filter((one) => one >= (after?.provider ?? ''))) {
      const last = name === after?.provider ? after.tenant_id : undefined;
      found.push(...(await this.store.listOrphans(name, { after: last, limit: limit - found.length })));
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Returns the tenant, or the tombstone of a destroyed one. Throws `TenantNotFoundError`. */
  async get(tenantId: string): Promise<Tenant> {
    const { tenant } = await this.store.getTenant(tenantId);
    if (!tenant || tenant.desired.revision === 0) throw new TenantNotFoundError(tenantId);
    return this.manager.withAddresses(tenant);
  }

  /** Returns the health of a tenant as it was last observed, and when that was. Asks no provider. */
  healthOf(tenant: Tenant): Promise<ShownHealth> {
    return this.store.healthOf(tenant);
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
    const status = await this.#observedStatus(tenantId, options);
    return withShownHashes(status, (hash) => this.store.shownHash(hash));
  }

  async #observedStatus(
    tenantId: string,
    { provider, ...call }: StatusOptions & { provider?: string | undefined },
  ): Promise<ComputeStatus> {
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

  /**
   * Throws `OrphanNotFoundError` where no such orphan is on record. A repeated request no longer finds the orphan, but the
   * tenant that the first one left: `isDone` recognizes it.
   */
  protected async requireOrphan(
    provider: string,
    tenantId: string,
    isDone: (tenant: Tenant) => boolean,
  ): Promise<void> {
    if (await this.store.getOrphan(provider, tenantId)) return;
    const { tenant } = await this.store.getTenant(tenantId);
    if (tenant?.provider_type === provider && isDone(tenant)) return;
    throw new OrphanNotFoundError(`${tenantId} on ${provider}`);
  }

  /**
   * Returns a page of logs from the provider on record. Throws `TenantNotFoundError`, `UnsupportedError`, and
   * `InvalidRequestError` for a container that the specification does not have and that has no lines.
   */
  async logs(tenantId: string, options: LogOptions = {}): Promise<LogPage> {
    const tenant = await this.get(tenantId);
    if (!exists(tenant)) throw new TenantNotFoundError(tenantId);
    await refuseMoved(this.manager, tenant);
    const page = await this.manager.getTenantLogs(tenantId, tenant.provider_type, options);
    // A container of an earlier revision may still run.
    if (page.lines.length === 0) refuseUnknownContainer(tenant, options.container);
    return page;
  }

  /** Returns a page of tenants in the order of their ids. Throws `InvalidRequestError` for a cursor of another list. */
  async list(query: ListQuery): Promise<TenantPage> {
    const page = await this.store.listTenants(query);
    const shown = page.tenants.map((summary) => this.#shown(this.manager.withAddresses(summary)));
    return { ...page, tenants: await Promise.all(shown) };
  }

  /** Returns a page of the operations of all tenants, newest first. Throws `InvalidRequestError` as `list` does. */
  activity(query: ActivityQuery): Promise<ActivityPage> {
    return this.store.listActivity(query);
  }

  /** Returns the revisions of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async revisions(tenantId: string, limit = 50): Promise<KnownRevision[]> {
    const { entries } = await revisionsOf(this.store, await this.get(tenantId), { limit });
    return Promise.all(entries.map((revision) => this.#shown(revision)));
  }

  /** Returns the operations of this life of a tenant, newest first. Throws `TenantNotFoundError`. */
  async operations(tenantId: string, limit = 50): Promise<Operation[]> {
    return (await operationsOf(this.store, await this.get(tenantId), { limit })).entries;
  }

  /** Returns a page of the revisions, as `revisions` does. Throws `InvalidRequestError` for a cursor of another list. */
  async revisionPage(tenantId: string, query: HistoryQuery): Promise<Page<KnownRevision>> {
    const page = await this.#page('revisions', revisionsOf, tenantId, query);
    return { ...page, entries: await Promise.all(page.entries.map((revision) => this.#shown(revision))) };
  }

  /** Returns a record with its hash as callers may see it. It is empty where that hash cannot be made yet. */
  async #shown<T extends { spec_hash: string }>(record: T): Promise<T> {
    if (!isPlainHash(record.spec_hash)) return record;
    return { ...record, spec_hash: (await this.store.shownHash(record.spec_hash)) ?? '' };
  }

  /**
   * Returns the differences between two revisions. Default of `to`: the desired one. Default of `from`: the serving one, or
   * the one before where that is `to` itself. Throws `TenantNotFoundError`, `RevisionNotFoundError`.
   */
  async diff(
    tenantId: string,
    { from, to }: { from?: number | undefined; to?: number | undefined } = {},
  ): Promise<RevisionDiff> {
    const tenant = await this.get(tenantId);
    const after = await findRevision(this.store, tenant, to ?? tenant.desired.revision);
    const { revision } = after;
    const serving = tenant.serving?.revision;
    const other = from ?? (serving === undefined || serving === revision ? revision - 1 : serving);
    if (other === 0) throw new RevisionNotFoundError(`tenant ${tenantId} has no revision before ${revision}`);
    const before = await findRevision(this.store, tenant, other);
    const changes = specChanges(before.spec, after.spec).map(({ change }) => change);
    return { tenant_id: tenantId, from: before.revision, to: revision, changes };
  }

  /** Returns a page of the operations, as `operations` does. Throws `InvalidRequestError` for a cursor of another list. */
  operationPage(tenantId: string, query: HistoryQuery): Promise<Page<Operation>> {
    return this.#page('operations', operationsOf, tenantId, query);
  }

  async #page<T>(
    list: 'revisions' | 'operations',
    read: (
      store: Store,
      tenant: Tenant,
      options: { limit: number; before?: number | undefined },
    ) => Promise<HistoryPage<T>>,
    tenantId: string,
    { limit, cursor, caller }: HistoryQuery,
  ): Promise<Page<T>> {
    const tenant = await this.get(tenantId);
    const scope = { caller, filter: [list, tenantId, tenant.incarnation] };
    const before = await this.store.positionOf(cursor, scope);
    const { entries, next } = await read(this.store, tenant, { limit, before });
    return { entries, next_cursor: await this.store.cursorOf(next, scope) };
  }

  /**
   * Returns an operation. With `waitMs`, returns when it has ended or that many milliseconds have passed; at once where
   * many callers of this process wait already. Throws `OperationNotFoundError`, and the signal's reason when it is aborted.
   */
  async operation(
    id: string,
    options: { waitMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<Operation> {
    const { clock } = this;
    const mayWait = this.#waiting < MAX_WAITING;
    const until = elapsed(clock) + (mayWait ? (options.waitMs ?? 0) : 0);
    this.#waiting += 1;
    try {
      return await this.#operationUntil(id, until, options.signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #operationUntil(id: string, until: number, signal: AbortSignal | undefined): Promise<Operation> {
    const { clock } = this;
    for (let pause = 100; ; pause = Math.min(1000, pause * 1.5)) {
      const operation = await this.store.getOperation(id);
      if (!operation) throw new OperationNotFoundError(JSON.stringify(id.slice(0, 128)));
      if (!isRunning({ operation }) || elapsed(clock) >= until) return operation;
      await clock.sleep(Math.min(pause, until - elapsed(clock)), signal);
    }
  }
}

function refuseUnknownContainer({ tenant_id, desired }: Tenant, container: string | undefined): void {
  const names = desired.spec.containers.map(({ name }) => name);
  if (container === undefined || names.includes(container)) return;
  const message = `tenant ${tenant_id} has no container ${container}; its containers are ${names.join(', ')}`;
  const hint = 'Name one of its containers, or none for the lines of all.';
  throw new InvalidRequestError([{ pointer: '/container', message }], { hint });
}
