import { ThrottledError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import type { HeldTenant, Provider } from '../../compute/provider.ts';
import type { Registry } from '../../compute/registry.ts';
import type { ComputeStatus } from '../../compute/results.ts';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import type { Clock } from '../clock.ts';
import type { Orphan } from '../model/records.ts';
import type { TenantSummary } from '../model/summary.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { observe } from '../reconcile/attempt.ts';
import { verdictOf } from '../reconcile/verdict.ts';
import type { Store } from '../store/store.ts';
import type { Tenants } from '../tenants.ts';
import { mergeLists } from './merge-lists.ts';

export interface InventoryOptions {
  store: Store;
  registry: Registry;
  manager: Manager;
  tenants: Tenants;
  clock: Clock;
  logger: Logger;
  /** Milliseconds that have to lie between two sightings of an orphan for both to count. */
  minGapMs?: number | undefined;
}

/** What a tenant counts as; more than one of it, or none. */
export interface Counts {
  /** The provider holds something for it. */
  held: number;
  /** It is failed, as the table says. */
  failed: number;
  /** The provider holds something for it and the table does not know it: reported once, removed at the second sighting. */
  orphans: number;
  removed: number;
  /** It is ready, and the provider has lost or changed it: it is now being healed. */
  healed: number;
}

/** What an inventory has found, or has found so far. */
export interface InventoryReport extends Counts {
  provider: string;
  /** The id after which it is to be gone on with, where it did not come to its end. */
  after?: string | undefined;
}

/** What was found of one tenant. */
export interface Finding {
  tenant_id: string;
  countsAs: readonly (keyof Counts)[];
  /** Why it could not be looked at, or put right. */
  error?: unknown;
}

const actor = 'berth:inventory';
const component = 'inventory';

/** Compares what a provider holds with what the table says, and mends either side: orphans are removed, drift is healed. */
export class Inventory {
  readonly #options: InventoryOptions;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /**
   * Looks at every tenant that the provider or the table has, in the order of their ids, or from one id on: who is
   * interrupted can go on after the last one. A failure with one does not keep it from the others; throttling ends it.
   */
  async *walk(
    provider: string,
    { after, signal }: { after?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Finding> {
    const { store, registry } = this.#options;
    const lists = {
      held: listInOrder(registry.get(provider), after, signal),
      known: store.tenantsOf(provider, after),
      sighted: store.orphansOf(provider, after),
    };
    for await (const row of mergeLists(lists)) {
      signal?.throwIfAborted();
      yield await this.#look(provider, row, signal);
    }
  }

  async #look(
    provider: string,
    { tenant_id, held, known, sighted }: Sight,
    signal: AbortSignal | undefined,
  ): Promise<Finding> {
    const countsAs: (keyof Counts)[] = [];
    if (held) countsAs.push('held');
    if (known?.phase === 'failed') countsAs.push('failed');
    try {
      if (held && !known && (await this.#isOrphan(provider, tenant_id))) {
        countsAs.push('orphans');
        if (await this.#sight({ provider, tenant_id }, sighted)) countsAs.push('removed');
      } else if (sighted) {
        await this.#options.store.removeOrphan(sighted);
      }
      if (known && looksDrifted(known, held) && (await this.#healDrift(provider, tenant_id, signal))) {
        countsAs.push('healed');
      }
      return { tenant_id, countsAs };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ThrottledError) throw error;
      return { tenant_id, countsAs, error };
    }
  }

  /** The index may lag behind the table, so the table is asked again before anything is called an orphan. */
  async #isOrphan(provider: string, tenantId: string): Promise<boolean> {
    const { tenant } = await this.#options.store.getTenant(tenantId);
    return !(tenant && (tenant.phase !== 'destroyed' || isRunning(tenant)) && tenant.provider_type === provider);
  }

  /** Answers whether it was removed, which takes two sightings. */
  async #sight({ provider, tenant_id }: Omit<Orphan, 'first_seen_at'>, before: Orphan | undefined): Promise<boolean> {
    const { store, clock, logger, minGapMs = 30_000 } = this.#options;
    if (before) return clock.now() - Date.parse(before.first_seen_at) >= minGapMs && this.#remove(before);
    await store.putOrphan({ provider, tenant_id, first_seen_at: new Date(clock.now()).toISOString() });
    logger.warn('orphan found', { component, provider, tenant_id });
    return false;
  }

  /**
   * Through the table, like every destroy: a provision of the same id that comes at the same time finds it there and waits.
   * Where there is a tenant of that id, elsewhere, that is not possible: the orphan stays on record until that one is gone.
   */
  async #remove(orphan: Orphan): Promise<boolean> {
    const { tenants, store, logger } = this.#options;
    const { provider, tenant_id } = orphan;
    const outcome = await tenants.destroy(tenant_id, { actor }, { provider, orphan: true });
    if (outcome.kind === 'none') {
      logger.warn('orphan of a tenant elsewhere', { component, provider, tenant_id });
      return false;
    }
    await store.removeOrphan(orphan);
    logger.warn('orphan removed', { component, provider, tenant_id });
    return true;
  }

  async #healDrift(provider: string, tenantId: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { store, manager, tenants, logger } = this.#options;
    const { tenant } = await store.getTenant(tenantId);
    if (tenant?.phase !== 'ready' || isRunning(tenant)) return false;
    const message = describeDrift(tenant, await observe(manager, tenant, { signal }));
    if (!message) return false;
    await tenants.heal(tenantId, message, { actor, signal });
    logger.warn('drift found', { component, provider, tenant_id: tenantId, message });
    return true;
  }
}

/** What there is of one tenant: with the provider, in the table, and of an earlier sighting. */
interface Sight {
  tenant_id: string;
  held?: HeldTenant | undefined;
  known?: TenantSummary | undefined;
  sighted?: Orphan | undefined;
}

/** What a provider lists under ids that a tenant can have. One that cannot go on after an id is asked for all, and is quick. */
async function* listInOrder(
  provider: Provider,
  after = '',
  signal: AbortSignal | undefined,
): AsyncGenerator<HeldTenant> {
  const isPossible = ({ tenant_id: id }: HeldTenant) => typeof id === 'string' && DNS_LABEL.test(id) && id > after;
  if (provider.listAfter) {
    for await (const held of provider.listAfter(after, { signal })) if (isPossible(held)) yield held;
    return;
  }
  const all = (await Array.fromAsync(provider.list({ signal }))).filter(isPossible);
  yield* all.sort((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1));
}

/** Whether what is held looks other than what the list says is desired: a hint, to be verified. */
function looksDrifted({ phase, spec_hash }: TenantSummary, held: HeldTenant | undefined): boolean {
  return phase === 'ready' && (!held || (held.spec_hash !== undefined && held.spec_hash !== spec_hash));
}

/** What is wrong with a tenant that should be serving; nothing if it serves, or is on its way to. */
function describeDrift(tenant: Tenant, status: ComputeStatus | undefined): string | undefined {
  if (!status) return 'the provider no longer has the tenant; it is being brought back';
  const verdict = verdictOf(status, tenant.desired.spec_hash);
  if (verdict.kind === 'differs')
    return 'the provider runs something other than what is desired; it is being put right';
  if (verdict.kind === 'failed') return `the provider says it failed (${verdict.message}); it is being brought back`;
  return undefined;
}
