import { Converger } from '../../src/tenants/converge.ts';
import { Pacer } from '../../src/tenants/pacer.ts';
import { Tenants } from '../../src/tenants/tenants.ts';
import { part } from './services.ts';

/** What changes tenants. Functions that only read do not load it. */
export interface Changes {
  tenants: Tenants;
  converger: Converger;
}

export const changes = part(({ config, logger, manager, store, table }): Changes => {
  const converger = new Converger({ store, manager, pacer: new Pacer({ table }), logger });
  const tenants = new Tenants({ store, manager, converger, deadlineMs: config.operationDeadline });
  return { tenants, converger };
});
