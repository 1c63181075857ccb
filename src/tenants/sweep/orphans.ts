import type { Logger } from '../../compute/logger.ts';
import type { HeldTenant } from '../../compute/provider.ts';
import { type Clock, timestamp } from '../clock.ts';
import { exists } from '../model/phases.ts';
import type { HeldBack, Orphan } from '../model/records.ts';
import { isRunning } from '../model/tenant-state.ts';
import type { Store } from '../store/store.ts';
import type { Tenants } from '../tenants.ts';
import { brakeOf, type Census, type OrphanPolicy, REMOVALS, removalTime } from './removal-brake.ts';

export interface OrphansOptions {
  store: Store;
  tenants: Tenants;
  clock: Clock;
  logger: Logger;
  /** Returns what happens to the orphans of a provider. Default: they are only reported. */
  policyOf?: ((provider: string) => OrphanPolicy) | undefined;
}

const actor = 'berth:inventory';
const component = 'inventory';

/*
 * Who may decide to destroy
 *
 * A tenant that a provider holds and the table does not know has lost its record, or never was this installation's. Only
 * the first kind may ever be removed by itself, and a mistake here costs a customer. Hence the order:
 *
 * 1. The installation on the resources decides first. That of another one: the tenant is counted, and nothing else happens.
 *    None at all: it is on record as an orphan, and only a person removes it.
 * 2. At the first sighting, the orphan is written to the table. The change stream of the table announces it from that write,
 *    with the time of its removal; so an announcement cannot be lost between a crash and the removal.
 * 3. Removal waits for the end of a whole inventory that began after that time. Only then are the counts complete, on which
 *    the brake depends: an empty, new, damaged or restored table knows less than it did, and removes nothing.
 * 4. Each removal takes one of ten rights an hour from the table before it begins, and goes through the table as an
 *    operation. A provision of the same id at the same time finds it and waits.
 */

/** The orphans of a provider: puts them on record, and removes them where the policy and the brake allow. */
export class Orphans {
  readonly #options: OrphansOptions;

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /** Returns true where no tenant on record is this one. Reads the table again, because its index may lag. */
  async isOrphan(provider: string, tenantId: string): Promise<boolean> {
    const { tenant } = await this.#options.store.getTenant(tenantId);
    return !(tenant && (exists(tenant) || isRunning(tenant)) && tenant.provider_type === provider);
  }

  /** Puts an orphan on record at its first sighting, and again where its installation or its time of removal changed. */
  async sight(provider: string, { tenant_id, installation }: HeldTenant, before: Orphan | undefined): Promise<void> {
    const { store, clock, logger } = this.#options;
    const now = clock.now();
    const first_seen_at = before?.first_seen_at ?? timestamp(clock);
    const decided = removalTime(this.#policyOf(provider), { installation }, await store.installation(), now);
    const remove_at = decided && (before?.remove_at ?? decided);
    if (before && before.installation === installation && before.remove_at === remove_at) return;
    await store.putOrphan({
      provider,
      tenant_id,
      first_seen_at,
      ...(installation !== undefined && { installation }),
      ...(remove_at !== undefined && { remove_at }),
    });
    logger.warn('orphan found', { component, provider, tenant_id, installation, remove_at });
  }

  /**
   * Removes the orphans of a provider whose time has come, after an inventory that counted `census`. Notes on the others why
   * they are held back. Returns how many were removed. A failure with one orphan does not hold up the others: it is in
   * `errors`.
   */
  async removeDue(
    provider: string,
    census: Census,
    signal?: AbortSignal,
  ): Promise<{ removed: number; errors: unknown[] }> {
    const { store, clock } = this.#options;
    const errors: unknown[] = [];
    let removed = 0;
    if (census.orphans + census.unowned === 0) return { removed, errors };
    let brake = brakeOf(this.#policyOf(provider), census, await store.installation(), clock.now());
    for await (const orphan of store.orphansOf(provider)) {
      signal?.throwIfAborted();
      try {
        const reason = orphan.installation === undefined ? 'no_installation' : brake;
        const isDue = orphan.remove_at !== undefined && Date.parse(orphan.remove_at) <= clock.now();
        if (reason) await this.#note(orphan, reason);
        else if (isDue) {
          const held = await this.#remove(orphan);
          if (held === 'rate') brake = 'rate';
          if (held) await this.#note(orphan, held);
          else removed += 1;
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        errors.push(error);
      }
    }
    return { removed, errors };
  }

  /**
   * Destroys through the table. This is not possible while a tenant of that id exists on another provider. Returns why
   * nothing was removed, or undefined where the removal was recorded.
   */
  async #remove(orphan: Orphan): Promise<HeldBack | undefined> {
    const { tenants, store, logger } = this.#options;
    const { provider, tenant_id } = orphan;
    const { tenant } = await store.getTenant(tenant_id);
    if (exists(tenant)) return 'tenant_elsewhere';
    if (!(await store.takeRemoval(REMOVALS))) return 'rate';
    const outcome = await tenants.destroy(tenant_id, { actor }, { provider, orphan: true });
    if (outcome.kind === 'none') return 'tenant_elsewhere';
    await store.removeOrphan(orphan);
    logger.warn('orphan removed', { component, provider, tenant_id });
    return undefined;
  }

  async #note(orphan: Orphan, held_back: HeldBack): Promise<void> {
    if (orphan.held_back === held_back) return;
    const { store, logger } = this.#options;
    const { provider, tenant_id } = orphan;
    await store.putOrphan({ ...orphan, held_back });
    logger.warn('orphan not removed', { component, provider, tenant_id, held_back });
  }

  #policyOf(provider: string): OrphanPolicy {
    return this.#options.policyOf?.(provider) ?? 'report';
  }
}
