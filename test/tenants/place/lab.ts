import { onTestFinished } from 'vitest';
import { Manager } from '../../../src/compute/manager.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import { Registry } from '../../../src/compute/registry.ts';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { systemClock } from '../../../src/tenants/clock.ts';
import { PlaceClaims } from '../../../src/tenants/place/place-claims.ts';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import { Inventory } from '../../../src/tenants/sweep/inventory.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import { createCapturedLogger } from '../../support/captured-logger.ts';

export const me = { actor: 'alice' };

/** Opens an installation with a provider, as one process would. Several may share a table. */
export function openInstallation(table: Table, provider: Provider, clock = systemClock) {
  const logger = createCapturedLogger();
  const registry = new Registry(logger);
  registry.register(provider);
  const manager = new Manager(registry, logger);
  const store = new Store(table, () => clock.now());
  const reconciler = new Reconciler({ store, manager, rateLimiter: new RateLimiter({ table, clock }), logger, clock });
  const placeClaims = new PlaceClaims({ store, table, manager });
  const tenants = new Tenants({ store, manager, reconciler, placeClaims });
  const inventory = new Inventory({ store, registry, manager, tenants, clock, logger });
  onTestFinished(async () => provider.close?.());
  return { provider, manager, store, reconciler, tenants, inventory, placeClaims, logger, clock };
}

export type Installation = ReturnType<typeof openInstallation>;

/** Reconciles until the last operation of a tenant has ended. */
export async function untilEnded({ tenants, reconciler, clock }: Installation, tenantId: string): Promise<string> {
  for (let looks = 0; looks < 600; looks += 1) {
    const { operation } = await tenants.get(tenantId);
    if (operation.state !== 'running') return operation.state;
    await clock.sleep(50);
    await reconciler.reconcile(tenantId);
  }
  return 'running';
}

/** Returns the code of the error that a call throws; undefined if it throws none. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: { code?: string }) => error.code ?? error,
  );
}

/** Returns what an inventory counts the tenants as. */
export async function takeInventory({ inventory, provider }: Installation): Promise<Record<string, readonly string[]>> {
  const counted: Record<string, readonly string[]> = {};
  for await (const { tenant_id, countsAs } of inventory.walk(provider.name)) counted[tenant_id] = countsAs;
  return counted;
}

/** Returns the calls by which tenants are read or changed, each with the code of its error. */
export async function tryEverything({ tenants }: Installation, spec: TenantComputeSpec, next: TenantComputeSpec) {
  const { tenant_id, provider_type } = spec;
  return {
    status: await codeOf(tenants.status(tenant_id, {})),
    statusOnProvider: await codeOf(tenants.status(tenant_id, { provider: provider_type })),
    logs: await codeOf(tenants.logs(tenant_id)),
    plan: await codeOf(tenants.plan(next)),
    update: await codeOf(tenants.update(next, me)),
    rollback: await codeOf(tenants.rollback(tenant_id, 1, me)),
    provision: await codeOf(tenants.provision(spec, me)),
    heal: await codeOf(tenants.heal(tenant_id, 'missing', me)),
    destroy: await codeOf(tenants.destroy(tenant_id, me)),
    destroyOnProvider: await codeOf(tenants.destroy(tenant_id, me, { provider: provider_type })),
  };
}

export const allRefused = {
  status: 'place_changed',
  statusOnProvider: 'place_changed',
  logs: 'place_changed',
  plan: 'place_changed',
  update: 'place_changed',
  rollback: 'place_changed',
  provision: 'place_changed',
  heal: 'place_changed',
  destroy: 'place_changed',
  destroyOnProvider: 'place_changed',
};
