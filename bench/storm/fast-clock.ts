import { type Clock, systemClock } from '../../src/tenants/clock.ts';

/**
 * Real timers, on a clock that goes so many times as fast as the machine's, from `origin` on (epoch milliseconds). Threads
 * with the same origin have the same time.
 */
export function fastClock(factor: number, origin: number): Clock {
  return {
    now: () => Math.round(origin + (performance.timeOrigin + performance.now() - origin) * factor),
    sleep: (milliseconds, signal) => systemClock.sleep(Math.max(0, milliseconds) / factor, signal),
  };
}
