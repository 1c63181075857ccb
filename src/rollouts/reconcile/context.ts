import type { Logger } from '../../compute/logger.ts';
import type { Clock } from '../../tenants/clock.ts';
import type { Tenant } from '../../tenants/model/tenant.ts';
import type { Store } from '../../tenants/store/store.ts';
import type { Tenants } from '../../tenants/tenants.ts';
import type { RolloutStore } from '../store/rollout-store.ts';

/** What work on rollouts needs. */
export interface RolloutContext {
  store: RolloutStore;
  tenantStore: Store;
  clock: Clock;
}

/** What changing tenants needs beyond that. */
export interface RolloutWorkContext extends RolloutContext {
  tenants: Pick<Tenants, 'update' | 'rollback'>;
  /** Looks at the health of a tenant now, at the pace that the backend allows. Default: the next round of looks does. */
  lookAt?: ((tenant: Tenant, signal?: AbortSignal) => Promise<void>) | undefined;
  logger: Logger;
}
