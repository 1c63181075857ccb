import { type Clock, systemClock } from '../../src/tenants/clock.ts';

/**
 * Returns a clock with real timers that runs `factor` times as fast as the machine's from `origin` on (epoch milliseconds).
 * Clocks with the same origin and factor agree across threads.
 */
export function fastClock(factor: number, origin: number): Clock {
  return {
    now: () => Math.round(origin + (performance.timeOrigin + performance.now() - origin) * factor),
    sleep: (milliseconds, signal) => systemClock.sleep(Math.max(0, milliseconds) / factor, signal),
  };
}
