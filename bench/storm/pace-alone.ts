import type { Clock } from '../../src/tenants/clock.ts';
import { firstRate, grantSlots, isOpen, type Slot, slowDown } from '../../src/tenants/rate/rate.ts';
import type { Rate } from '../../src/tenants/rate/rates.ts';
import { TokenBucket } from '../../test/support/fake-ecs/token-bucket.ts';
import { randomOf } from './storm.ts';
import { StormTimeline } from './timeline.ts';

export interface PaceReport {
  seconds: number;
  theory: number;
  calls: { made: number; throttled: number };
  lots: number;
}

/** Instances that share the pace. */
const INSTANCES = 3;

/**
 * The real pace against one bucket, with a model in place of tenants and store: calls that take a while, made by a few
 * instances that look once a second. For numbers that the whole code takes too long for. In virtual time, unless a clock is given.
 */
export async function paceAlone(
  calls: number,
  limit: { perSecond: number; burst: number },
  clock?: Clock,
): Promise<PaceReport> {
  const timeline = clock ? { ...clock, run: <T>(work: Promise<T>) => work } : new StormTimeline();
  const random = randomOf(1);
  const bucket = new TokenBucket(limit, timeline.now);
  const beganAt = timeline.now();
  const report = { lots: 0, made: 0, throttled: 0, lastAt: beganAt };
  let pace: Rate | undefined;
  let left = calls;
  const call = async (turn: Slot) => {
    left -= 1;
    await timeline.sleep(turn.at - timeline.now() + 150 * random());
    report.made += 1;
    if (bucket.take()) {
      report.lastAt = timeline.now();
      return;
    }
    report.throttled += 1;
    left += 1;
    await timeline.sleep(30);
    pace = pace ? slowDown(pace, turn, timeline.now()) : firstRate(timeline.now());
  };
  const instance = async (n: number) => {
    const made: Promise<void>[] = [];
    await timeline.sleep(n * 317);
    for (; left > 0; await timeline.sleep(1000)) {
      const now = timeline.now();
      if (!pace) made.push(...Array.from({ length: Math.min(left, 100) }, () => call({ at: now + 1000 * random() })));
      else if (isOpen(pace, now)) {
        const given = grantSlots(pace, { wanted: Math.min(left, 200), now });
        pace = given.rate;
        report.lots += 1;
        made.push(...given.slots.map(call));
      }
    }
    await Promise.all(made);
  };
  await timeline.run(Promise.all(Array.from({ length: INSTANCES }, (_, n) => instance(n))));
  return {
    seconds: (report.lastAt - beganAt) / 1000,
    theory: (calls - limit.burst) / limit.perSecond,
    calls: { made: report.made, throttled: report.throttled },
    lots: report.lots,
  };
}
