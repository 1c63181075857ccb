import { messageOf, PlaceChangedError, ThrottledError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import { type Place, placeDigest } from '../../compute/place/place.ts';
import type { HeldTenant, Provider } from '../../compute/provider.ts';
import type { Registry } from '../../compute/registry.ts';
import type { ComputeStatus } from '../../compute/results.ts';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import { type Clock, timestamp } from '../clock.ts';
import { exists, phases } from '../model/phases.ts';
import type { Orphan } from '../model/records.ts';
import type { IndexedSummary } from '../model/summary.ts';
import type { Tenant } from '../model/tenant.ts';
import { isRunning } from '../model/tenant-state.ts';
import { checkPlace, presentPlace } from '../place/check-place.ts';
import { observe } from '../reconcile/attempt.ts';
import { verdictOf } from '../reconcile/verdict.ts';
import type { Store } from '../store/store.ts';
import { ignoreConditionFailed } from '../store/table.ts';
import type { Tenants } from '../tenants.ts';
import { mergeLists } from './merge-lists.ts';

export interface InventoryOptions {
  store: Store;
  registry: Registry;
  manager: Manager;
  tenants: Tenants;
  clock: Clock;
  logger: Logger;
  /** The least time between the two sightings after which an orphan is removed. Milliseconds; default 30,000. */
  minGapMs?: number | undefined;
}

/** What one id can count as. The counts do not exclude each other. */
export interface Counts {
  /** The provider holds something for it. */
  held: number;
  /** The table says that it failed. */
  failed: number;
  /** The provider holds something for it and the table knows no such tenant. */
  orphans: number;
  /** An orphan at its second sighting: a destroy was recorded. */
  removed: number;
  /** It is ready, and the provider lost or changed it: a heal was recorded. */
  healed: number;
  /** The settings of the provider lead to another place than the one where it is: it was left alone. */
  moved?: number | undefined;
}

/** The counts of an inventory, or of the part that has been done. */
export interface InventoryReport extends Counts {
  provider: string;
  /** The last id of an inventory that did not reach its end. */
  after?: string | undefined;
}

/** The result for one id. */
export interface Finding {
  tenant_id: string;
  countsAs: readonly (keyof Counts)[];
  /** Why it could not be examined or corrected. */
  error?: unknown;
}

/** One id in the three lists: held by the provider, known to the table, and seen as an orphan before. */
interface Row {
  tenant_id: string;
  held?: HeldTenant | undefined;
  known?: IndexedSummary | undefined;
  sighting?: Orphan | undefined;
}

const actor = 'berth:inventory';
const component = 'inventory';

/** Compares what a provider holds with the table, and corrects both sides: orphans are removed, and drift is healed. */
export class Inventory {
  readonly #options: InventoryOptions;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /**
   * Examines every id that the provider or the table has, in the order of ids, those after `after`; so an interrupted walk
   * can continue. A failure with one id is part of its finding. Throws `ThrottledError` and the signal's reason.
   */
  async *walk(
    provider: string,
    { after, signal }: { after?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Finding> {
    const { store, registry } = this.#options;
    const lists = {
      held: listInOrder(registry.get(provider), after, signal),
      known: store.tenantsOf(provider, after),
      sighting: store.orphansOf(provider, after),
    };
    const place = await presentPlace(this.#options.manager, provider);
    let isReported = false;
    for await (const row of mergeLists(lists)) {
      signal?.throwIfAborted();
      const finding = await this.#examine(provider, row, place, signal);
      const isMoved = finding.countsAs.includes('moved');
      // One error for all of them: the tenants of a provider are usually at one place.
      yield isMoved && isReported ? { ...finding, error: undefined } : finding;
      if (!isMoved || isReported) continue;
      isReported = true;
      const fields = { component, provider, tenant_id: row.tenant_id, error: messageOf(finding.error) };
      this.#options.logger.error('tenants at another place', fields);
    }
  }

  async #examine(
    provider: string,
    row: Row,
    place: Place | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Finding> {
    const { tenant_id, held, known, sighting } = row;
    const countsAs: (keyof Counts)[] = [];
    if (held) countsAs.push('held');
    if (known && phases[known.phase].failed) countsAs.push('failed');
    try {
      if (known && place && known.place !== placeDigest(place)) await this.#settlePlace(tenant_id, held);
      if (held && !known && (await this.#isOrphan(provider, tenant_id))) {
        countsAs.push('orphans');
        if (await this.#sight(provider, tenant_id, sighting)) countsAs.push('removed');
      } else if (sighting) {
        await this.#options.store.removeOrphan(sighting);
      }
      if (known && mayHaveDrifted(known, held) && (await this.#healDrift(provider, tenant_id, signal))) {
        countsAs.push('healed');
      }
      return { tenant_id, countsAs };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ThrottledError) throw error;
      if (error instanceof PlaceChangedError) countsAs.push('moved');
      return { tenant_id, countsAs, error };
    }
  }

  /**
   * Throws `PlaceChangedError` where the tenant is at another place. Records the place of a tenant that has none, because an
   * older version made it, once the provider is seen to hold it. A tenant that is being worked on gets it from that work.
   */
  async #settlePlace(tenantId: string, held: HeldTenant | undefined): Promise<void> {
    const { store, manager } = this.#options;
    const { tenant, version } = await store.getTenant(tenantId);
    if (!tenant || !exists(tenant)) return;
    const place = await checkPlace(manager, tenant);
    if (tenant.place || !place || !held || isRunning(tenant)) return;
    await store.putTenant({ ...tenant, place }, version).catch(ignoreConditionFailed);
  }

  /** Reads the table again, because its index may lag. */
  async #isOrphan(provider: string, tenantId: string): Promise<boolean> {
    const { tenant } = await this.#options.store.getTenant(tenantId);
    return !(tenant && (exists(tenant) || isRunning(tenant)) && tenant.provider_type === provider);
  }

  /** Records the first sighting of an orphan, and removes it at the second. Returns true where it was removed. */
  async #sight(provider: string, tenant_id: string, before: Orphan | undefined): Promise<boolean> {
    const { store, clock, logger, minGapMs = 30_000 } = this.#options;
    if (before) return clock.now() - Date.parse(before.first_seen_at) >= minGapMs && this.#remove(before);
    await store.putOrphan({ provider, tenant_id, first_seen_at: timestamp(clock) });
    logger.warn('orphan found', { component, provider, tenant_id });
    return false;
  }

  /**
   * Destroys through the table, so a provision of the same id at the same time finds the destroy and waits. This is not
   * possible while a tenant of that id exists on another provider: the orphan then stays on record.
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
    if (!tenant || !phases[tenant.phase].settled || isRunning(tenant)) return false;
    const message = describeDrift(tenant, await observe(manager, tenant, { signal }));
    if (!message) return false;
    await tenants.heal(tenantId, message, { actor, signal });
    logger.warn('drift found', { component, provider, tenant_id: tenantId, message });
    return true;
  }
}

/**
 * Yields the held tenants whose ids a tenant can have, in the order of ids, those after an id. A provider that cannot list
 * from an id on is asked for its whole list, which is short there.
 */
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

/** Compares the two lists. A hint only: both may lag. */
function mayHaveDrifted({ phase, spec_hash }: IndexedSummary, held: HeldTenant | undefined): boolean {
  return phases[phase].settled && (!held || (held.spec_hash !== undefined && held.spec_hash !== spec_hash));
}

/** Returns what is wrong with a tenant that should serve, or undefined where it serves or is starting. */
function describeDrift(tenant: Tenant, status: ComputeStatus | undefined): string | undefined {
  if (!status) return 'the provider no longer has the tenant; it is being brought back';
  const verdict = verdictOf(status, tenant.desired.spec_hash);
  if (verdict.kind === 'differs')
    return 'the provider runs something other than what is desired; it is being put right';
  if (verdict.kind === 'failed') return `the provider says it failed (${verdict.message}); it is being brought back`;
  return undefined;
}
