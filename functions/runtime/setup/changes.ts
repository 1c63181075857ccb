import { PlaceClaims } from '../../../src/tenants/place/place-claims.ts';
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
  const placeClaims = new PlaceClaims({ store, table, manager });
  const tenants = new Tenants({ store, manager, reconciler, placeClaims, deadlineMs: config.operationDeadline });
  return { tenants, reconciler };
});
