import type { Logger } from '../compute/logger.ts';
import type { Manager } from '../compute/manager.ts';
import type { HeldTenant } from '../compute/provider.ts';
import type { Registry } from '../compute/registry.ts';
import type { ComputeStatus } from '../compute/results.ts';
import { observe } from './attempt.ts';
import { judge } from './judge.ts';
import type { Clock } from './ports.ts';
import type { Orphan } from './records.ts';
import type { Store } from './store.ts';
import type { TenantSummary } from './summary.ts';
import type { Tenant } from './tenant.ts';
import { isRunning } from './tenant-state.ts';
import type { Tenants } from './tenants.ts';

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

export interface InventoryReport {
  provider: string;
  held: number;
  /** How many of its tenants are failed, as the table says. */
  failed: number;
  /** Tenants the provider holds and the table does not know: reported once, removed at the second sighting. */
  orphans: string[];
  removed: string[];
  /** Ready tenants that the provider has lost or changed, now being healed. */
  healed: string[];
}

const actor = 'berth:inventory';
const component = 'inventory';

/** Compares what a provider holds with what the table says, and mends either side: orphans are removed, drift is healed. */
export class Inventory {
  readonly #options: InventoryOptions;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  async take(provider: string, signal?: AbortSignal): Promise<InventoryReport> {
    const held = new Map<string, HeldTenant>();
    for await (const tenant of this.#options.registry.get(provider).list({ signal }))
      held.set(tenant.tenant_id, tenant);
    const known = new Set<string>();
    const drifted: string[] = [];
    let failed = 0;
    for await (const summary of this.#options.store.tenantsOf(provider)) {
      known.add(summary.tenant_id);
      if (summary.phase === 'failed') failed++;
      if (looksDrifted(summary, held.get(summary.tenant_id))) drifted.push(summary.tenant_id);
    }
    const report: InventoryReport = { provider, held: held.size, failed, orphans: [], removed: [], healed: [] };
    await this.#sightOrphans(
      report,
      [...held.keys()].filter((id) => !known.has(id)),
    );
    for (const id of drifted) await this.#healDrift(report, id, signal);
    return report;
  }

  /** The index may lag behind the table, so the table is asked again before anything is called an orphan. */
  async #sightOrphans(report: InventoryReport, candidates: readonly string[]): Promise<void> {
    const { store, clock, logger, minGapMs = 30_000 } = this.#options;
    const { provider } = report;
    const before = new Map((await store.listOrphans(provider)).map((orphan) => [orphan.tenant_id, orphan]));
    const now = new Date(clock.now()).toISOString();
    for (const tenant_id of candidates) {
      const { tenant } = await store.getTenant(tenant_id);
      if (tenant && (tenant.phase !== 'destroyed' || isRunning(tenant)) && tenant.provider_type === provider) continue;
      const sighted = before.get(tenant_id);
      before.delete(tenant_id);
      report.orphans.push(tenant_id);
      if (!sighted) {
        await store.putOrphan({ provider, tenant_id, first_seen_at: now });
        logger.warn('orphan found', { component, provider, tenant_id });
      } else if (clock.now() - Date.parse(sighted.first_seen_at) >= minGapMs) {
        await this.#remove(report, sighted);
      }
    }
    for (const orphan of before.values()) await store.removeOrphan(orphan);
  }

  /**
   * Through the table, like every destroy: a provision of the same id that comes at the same time finds it there and waits.
   * Where there is a tenant of that id, elsewhere, that is not possible: the orphan stays on record until that one is gone.
   */
  async #remove(report: InventoryReport, orphan: Orphan): Promise<void> {
    const { tenants, store, logger } = this.#options;
    const { provider, tenant_id } = orphan;
    const outcome = await tenants.destroy(tenant_id, { actor }, { provider, orphan: true });
    if (outcome.kind === 'none')
      return void logger.warn('orphan of a tenant elsewhere', { component, provider, tenant_id });
    await store.removeOrphan(orphan);
    report.removed.push(tenant_id);
    logger.warn('orphan removed', { component, provider, tenant_id });
  }

  async #healDrift(report: InventoryReport, tenantId: string, signal: AbortSignal | undefined): Promise<void> {
    const { store, manager, tenants, logger } = this.#options;
    const { tenant } = await store.getTenant(tenantId);
    if (tenant?.phase !== 'ready' || isRunning(tenant)) return;
    const message = describeDrift(tenant, await observe(manager, tenant, { signal }));
    if (!message) return;
    await tenants.heal(tenantId, message, { actor, signal });
    report.healed.push(tenantId);
    logger.warn('drift found', { component, provider: report.provider, tenant_id: tenantId, message });
  }
}

/** Whether what is held looks other than what the list says is desired: a hint, to be verified. */
function looksDrifted({ phase, spec_hash }: TenantSummary, held: HeldTenant | undefined): boolean {
  return phase === 'ready' && (!held || (held.spec_hash !== undefined && held.spec_hash !== spec_hash));
}

/** What is wrong with a tenant that should be serving; nothing if it serves, or is on its way to. */
function describeDrift(tenant: Tenant, status: ComputeStatus | undefined): string | undefined {
  if (!status) return 'the provider no longer has the tenant; it is being brought back';
  const verdict = judge(status, tenant.desired.spec_hash);
  if (verdict.kind === 'differs')
    return 'the provider runs something other than what is desired; it is being put right';
  if (verdict.kind === 'failed') return `the provider says it failed (${verdict.message}); it is being brought back`;
  return undefined;
}
