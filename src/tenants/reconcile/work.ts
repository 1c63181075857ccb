import type { Logger } from '../../compute/logger.ts';
import type { Manager } from '../../compute/manager.ts';
import type { Clock } from '../clock.ts';
import type { RateLimiter } from '../rate/rate-limiter.ts';
import type { Store } from '../store/store.ts';
import type { Bounds } from './bounded-call.ts';
import type { Lease } from './lease.ts';

/** The parts that a reconciler works with. */
export interface WorkContext {
  store: Store;
  manager: Manager;
  rateLimiter: RateLimiter;
  logger: Logger;
  clock: Clock;
  random: () => number;
  /** How long one call of a provider may take. Milliseconds. */
  callMs: number;
}

/** The work on one tenant, under one lease. */
export interface Work extends WorkContext {
  lease: Lease;
  /** Aborted when the caller has no more time. */
  signal: AbortSignal | undefined;
}

/** Returns the backend whose limits the tenant's calls count against. */
export function backendOf({ manager, lease }: Work): string {
  return manager.backendOf(lease.tenant.provider_type);
}

/** Returns the bounds of one call of a provider. */
export function boundsOf({ clock, callMs }: WorkContext, signal: AbortSignal): Bounds {
  return { clock, limit: callMs, signal };
}

/** Returns a signal that is aborted when the lease is interrupted or the caller has no more time. */
export function anySignal({ lease, signal }: Work): AbortSignal {
  return signal ? AbortSignal.any([lease.signal, signal]) : lease.signal;
}
