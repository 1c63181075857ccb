import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import { servicesPart } from './services.ts';

/** The services of functions that change tenants. Functions that only read do not load them. */
export interface Changes {
  tenants: Tenants;
  reconciler: Reconciler;
}

export const changes = servicesPart(({ config, logger, manager, store, table }): Changes => {
  const reconciler = new Reconciler({ store, manager, rateLimiter: new RateLimiter({ table }), logger });
  const tenants = new Tenants({ store, manager, reconciler, deadlineMs: config.operationDeadline });
  return { tenants, reconciler };
});
