import type { Operation } from './operation.ts';
import type { Tenant } from './tenant.ts';

/** Time, so that tests can make it pass. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep(ms, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    return promise;
  },
};

/**
 * Told of each operation that ended, at least once and with the same operation id each time, where no change stream of the
 * table does it. If it throws, it is told again later.
 */
export type Announce = (operation: Operation, tenant: Tenant) => Promise<void>;
