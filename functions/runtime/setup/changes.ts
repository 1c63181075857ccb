import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import { Reconciler } from '../../../src/tenants/reconcile/reconciler.ts';
import { Tenants } from '../../../src/tenants/tenants.ts';
import { part } from './services.ts';

/** What changes tenants. Functions that only read do not load it. */
export interface Changes {
  tenants: Tenants;
  reconciler: Reconciler;
}

export const changes = part(({ config, logger, manager, store, table }): Changes => {
  const reconciler = new Reconciler({ store, manager, rateLimiter: new RateLimiter({ table }), logger });
  const tenants = new Tenants({ store, manager, reconciler, deadlineMs: config.operationDeadline });
  return { tenants, reconciler };
});
