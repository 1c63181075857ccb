import { RolloutSweeper } from '../../../src/rollouts/reconcile/rollout-sweeper.ts';
import { RolloutStore } from '../../../src/rollouts/store/rollout-store.ts';
import { Inventory } from '../../../src/tenants/sweep/inventory.ts';
import { InventorySchedule } from '../../../src/tenants/sweep/inventory-schedule.ts';
import { Sweeper } from '../../../src/tenants/sweep/sweeper.ts';
import { WatchSchedule } from '../../../src/tenants/watch/watch-schedule.ts';
import { changes } from './changes.ts';
import { servicesPart } from './services.ts';
import { watching } from './watching.ts';

/** The services of the function that runs on a schedule. */
export interface Sweeps {
  sweeper: Sweeper;
  inventory: Inventory;
  inventorySchedule: InventorySchedule;
  watchSchedule: WatchSchedule;
  rolloutSweeper: RolloutSweeper;
}

export const sweeps = servicesPart((services): Sweeps => {
  const { logger, manager, registry, store, table } = services;
  const { tenants, reconciler } = changes(services);
  const { clock } = reconciler;
  const inventory = new Inventory({
    store,
    registry,
    manager,
    tenants,
    clock,
    logger,
    policyOf: services.orphanPolicyOf,
  });
  const { watch } = watching(services);
  const rolloutContext = {
    store: new RolloutStore(table),
    tenantStore: store,
    tenants,
    clock,
    logger,
    lookAt: watch.lookAtOne.bind(watch),
  };
  return {
    inventory,
    rolloutSweeper: new RolloutSweeper(rolloutContext),
    sweeper: new Sweeper({ store, reconciler, logger }),
    inventorySchedule: new InventorySchedule({ inventory, table, clock }),
    watchSchedule: new WatchSchedule({ watch, store, table, manager, everyMs: services.watchEveryMs }),
  };
});
