import { Inventory } from '../../src/tenants/inventory.ts';
import { Stocktaking } from '../../src/tenants/stocktaking.ts';
import { Sweeper } from '../../src/tenants/sweeper.ts';
import { changes } from './changes.ts';
import { part } from './services.ts';

/** What is done by the clock. */
export interface Sweeps {
  sweeper: Sweeper;
  inventory: Inventory;
  stocktaking: Stocktaking;
}

export const sweeps = part((services): Sweeps => {
  const { logger, manager, registry, store, table } = services;
  const { tenants, converger } = changes(services);
  const { clock } = converger;
  const inventory = new Inventory({ store, registry, manager, tenants, clock, logger });
  return {
    inventory,
    sweeper: new Sweeper({ store, converger, logger }),
    stocktaking: new Stocktaking({ inventory, table, clock }),
  };
});
