import type { Clock } from '../../src/tenants/clock.ts';
import { firstRate, grantSlots, isOpen, type Slot, slowDown } from '../../src/tenants/rate/rate.ts';
import type { Rate } from '../../src/tenants/rate/rates.ts';
import { TokenBucket } from '../../test/support/fake-ecs/token-bucket.ts';
import { Random } from '../../test/tenants/simulation/environment/random.ts';
import { StormTimeline } from './timeline.ts';

export interface RateLimiterReport {
  /** Seconds until the last call passed, and the shortest time that the limit allows. */
  seconds: number;
  theory: number;
  calls: { made: number; throttled: number };
  /** Batches of slots, each of which costs one write. */
  batches: number;
}

/** Instances that share the rate. */
const INSTANCES = 3;
/** The longest time between the start of a slot and its call, and the duration of a throttled call. Milliseconds. */
const CALL_DELAY = 150;
const THROTTLED_MS = 30;

/**
 * Runs the arithmetic of the rate limiter against one token bucket, without tenants and store: a few instances request slots
 * once a second. It is fast enough for a hundred thousand calls. Without a clock it uses virtual time.
 */
export async function rateLimiterAlone(
  calls: number,
  limit: { perSecond: number; burst: number },
  clock?: Clock,
): Promise<RateLimiterReport> {
  const timeline = clock ? { ...clock, run: <T>(work: Promise<T>) => work } : new StormTimeline();
  const random = new Random(1);
  const bucket = new TokenBucket(limit, timeline.now);
  const startedAt = timeline.now();
  const report = { batches: 0, made: 0, throttled: 0, lastAt: startedAt };
  let rate: Rate | undefined;
  let left = calls;
  const call = async (slot: Slot) => {
    left -= 1;
    await timeline.sleep(slot.at - timeline.now() + CALL_DELAY * random.next());
    report.made += 1;
    if (bucket.take()) {
      report.lastAt = timeline.now();
      return;
    }
    report.throttled += 1;
    left += 1;
    await timeline.sleep(THROTTLED_MS);
    rate = rate ? slowDown(rate, slot, timeline.now()) : firstRate(timeline.now());
  };
  const instance = async (n: number) => {
    const made: Promise<void>[] = [];
    await timeline.sleep(n * 317);
    for (; left > 0; await timeline.sleep(1000)) {
      const now = timeline.now();
      if (!rate)
        made.push(...Array.from({ length: Math.min(left, 100) }, () => call({ at: now + 1000 * random.next() })));
      else if (isOpen(rate, now)) {
        const granted = grantSlots(rate, { wanted: Math.min(left, 200), now });
        rate = granted.rate;
        report.batches += 1;
        made.push(...granted.slots.map(call));
      }
    }
    await Promise.all(made);
  };
  await timeline.run(Promise.all(Array.from({ length: INSTANCES }, (_, n) => instance(n))));
  const { made, throttled, batches, lastAt } = report;
  return {
    seconds: (lastAt - startedAt) / 1000,
    theory: (calls - limit.burst) / limit.perSecond,
    calls: { made, throttled },
    batches,
  };
}
