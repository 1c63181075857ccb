import { messageOf, PlaceChangedError, ThrottledError } from '../../compute/errors.ts';
import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import { type Place, placeDigest } from '../../compute/place/place.ts';
import type { HeldTenant, Provider } from '../../compute/provider.ts';
import type { Registry } from '../../compute/registry.ts';
import type { ComputeStatus } from '../../compute/results.ts';
import { DNS_LABEL } from '../../compute/spec/names.ts';
import type { Clock } from '../clock.ts';
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
import { Orphans } from './orphans.ts';
import type { Census, OrphanPolicy } from './removal-brake.ts';

export interface InventoryOptions {
  store: Store;
  registry: Registry;
  manager: Manager;
  tenants: Tenants;
  clock: Clock;
  logger: Logger;
  /** Returns what happens to the orphans of a provider. Default: they are only reported. */
  policyOf?: ((provider: string) => OrphanPolicy) | undefined;
}

/** What one id can count as. The counts do not exclude each other. */
export interface Counts {
  /** The provider holds something for it. */
  held: number;
  /** The table says that it failed. */
  failed: number;
  /** The provider holds something of this installation for it, and the table knows no such tenant. */
  orphans: number;
  /** The provider holds something without an installation id for it, and the table knows no such tenant. */
  unowned: number;
  /** The provider holds something of another installation for it. It is never touched. */
  foreign: number;
  /** An orphan whose time had come, at the end of an inventory: a destroy was recorded. */
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
  /** The provider throttled the look at it. */
  throttled?: ThrottledError | undefined;
}

/** One id in the three lists: held by the provider, known to the table, and seen as an orphan before. */
interface Row {
  tenant_id: string;
  held?: HeldTenant | undefined;
  known?: IndexedSummary | undefined;
  sighting?: Orphan | undefined;
}

const actor = 'berth:inventory';
/** How many statuses in sequence may be throttled before the inventory stops, and the pause after the first. */
const MAX_THROTTLED = 3;
const THROTTLED_PAUSE_MS = 1_000;
const component = 'inventory';

/**
 * Compares what a provider holds with the table: drift is healed, orphans are put on record and removed under a brake, and
 * what belongs to another installation is counted.
 */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #orphans: Orphans;

  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#orphans = new Orphans(options);
  }

  /** Removes the orphans whose time has come, after a whole walk that counted `census`. See `Orphans.removeDue`. */
  removeDue(provider: string, census: Census, signal?: AbortSignal): Promise<{ removed: number; errors: unknown[] }> {
    return this.#orphans.removeDue(provider, census, signal);
  }

  /**
   * Examines every id that the provider or the table has, in the order of ids, those after `after`; so an interrupted walk
   * can continue. A failure with one id is part of its finding. A throttled status is left to the next inventory, after a
   * pause. Throws `ThrottledError` where several in sequence are throttled, and the signal's reason.
   */
  async *walk(
    provider: string,
    { after, signal }: { after?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Finding> {
    const { store, registry, clock, logger, manager } = this.#options;
    const lists = {
      held: listInOrder(registry.get(provider), after, signal),
      known: store.tenantsOf(provider, after),
      sighting: store.orphansOf(provider, after),
    };
    const place = await presentPlace(manager, provider);
    let isReported = false;
    let throttled = 0;
    for await (const row of mergeLists(lists)) {
      signal?.throwIfAborted();
      const finding = await this.#examine(provider, row, place, signal);
      throttled = finding.throttled ? throttled + 1 : 0;
      if (throttled > MAX_THROTTLED) throw finding.throttled;
      if (throttled > 0) await clock.sleep(THROTTLED_PAUSE_MS * throttled, signal);
      const isMoved = finding.countsAs.includes('moved');
      // One error for all of them: the tenants of a provider are usually at one place.
      yield isMoved && isReported ? { ...finding, error: undefined } : finding;
      if (!isMoved || isReported) continue;
      isReported = true;
      const fields = { component, provider, tenant_id: row.tenant_id, error: messageOf(finding.error) };
      logger.error('tenants at another place', fields);
    }
  }

  async #examine(
    provider: string,
    row: Row,
    place: Place | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Finding> {
    const { tenant_id, held, known, sighting } = row;
    const { logger, tenants } = this.#options;
    const countsAs: (keyof Counts)[] = [];
    if (held) countsAs.push('held');
    if (known && phases[known.phase].failed) countsAs.push('failed');
    try {
      const isOthers = await this.#isForeign(held);
      if (isOthers) countsAs.push('foreign');
      if (known && place && known.place !== placeDigest(place)) {
        await this.#settlePlace(tenant_id, isOthers ? undefined : held);
      }
      if (held && !isOthers && !known && (await this.#orphans.isOrphan(provider, tenant_id))) {
        countsAs.push(held.installation === undefined ? 'unowned' : 'orphans');
        await this.#orphans.sight(provider, held, sighting);
      } else if (sighting) {
        await this.#options.store.removeOrphan(sighting);
      }
      if (known && isOthers) this.#warnOfForeign(provider, tenant_id, held);
      else if (known && mayHaveDrifted(known, held) && (await this.#healDrift(provider, tenant_id, signal))) {
        countsAs.push('healed');
      }
      if (known && phases[known.phase].failed) await tenants.scheduleLook(tenant_id);
      return { tenant_id, countsAs };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ThrottledError) {
        logger.warn('tenant not examined: its status was throttled', { component, provider, tenant_id });
        return { tenant_id, countsAs, throttled: error };
      }
      if (error instanceof PlaceChangedError) countsAs.push('moved');
      return { tenant_id, countsAs, error };
    }
  }

  async #isForeign(held: HeldTenant | undefined): Promise<boolean> {
    if (held?.installation === undefined) return false;
    return held.installation !== (await this.#options.store.installation()).installation_id;
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

  /** Logs a tenant on record whose resources another installation made. Neither takes the id from the other. */
  #warnOfForeign(provider: string, tenant_id: string, held: HeldTenant | undefined): void {
    const fields = { component, provider, tenant_id, installation: held?.installation };
    this.#options.logger.warn('tenant runs for another installation', fields);
  }

  async #healDrift(provider: string, tenantId: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { store, manager, tenants, logger } = this.#options;
    const { tenant } = await store.getTenant(tenantId);
    if (!tenant || isRunning(tenant)) return false;
    const { settled, stopped } = phases[tenant.phase];
    if (!settled && !stopped) return false;
    const status = await observe(manager, tenant, { signal });
    const message = stopped ? describeRunning(status) : describeDrift(tenant, status);
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
  if (phases[phase].stopped) return held !== undefined && !held.is_stopped;
  if (!phases[phase].settled) return false;
  return (
    !held ||
    held.is_lost === true ||
    held.is_stopped === true ||
    held.has_open_steps === true ||
    (held.spec_hash !== undefined && held.spec_hash !== spec_hash)
  );
}

/** Returns what runs of a tenant that should be stopped, or undefined where nothing does. */
function describeRunning(status: ComputeStatus | undefined): string | undefined {
  if (!status || status.state === 'stopped') return undefined;
  return `the tenant is stopped, and the provider runs it (${status.state}); it is being stopped`;
}

/** Returns what is wrong with a tenant that should serve, or undefined where it serves or is starting. */
function describeDrift(tenant: Tenant, status: ComputeStatus | undefined): string | undefined {
  if (!status) return 'the provider no longer has the tenant; it is being brought back';
  if (status.metadata.stopped) return 'the provider has the tenant stopped; it is being brought back';
  const verdict = verdictOf(status, tenant.desired);
  if (verdict.kind === 'differs')
    return 'the provider runs something other than what is desired; it is being put right';
  if (verdict.kind === 'unfinished') return `the provider has steps left (${verdict.message}); they are being taken`;
  if (verdict.kind === 'failed') return `the provider says it failed (${verdict.message}); it is being brought back`;
  return undefined;
}
