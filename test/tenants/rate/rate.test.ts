import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimiterAlone } from '../../../bench/storm/rate-limiter-alone.ts';
import { firstRate, grantSlots, isInForce, isOpen, rateAt, slowDown } from '../../../src/tenants/rate/rate.ts';
import type { Rate } from '../../../src/tenants/rate/rates.ts';

const NOW = 1_700_000_000_000;

/** Returns a rate whose limit was met a minute ago: the curve is at that rate again. */
function settled(passes: number): Rate {
  const at = NOW - 60_000;
  return { ...firstRate(at), passes, since: { slot: 1, at }, next_at: NOW, searches: false };
}

describe('slots', () => {
  test('follow each other at the rate, and each is granted once', () => {
    const first = grantSlots(settled(5), { wanted: 10, now: NOW });
    const second = grantSlots(first.rate, { wanted: 10, now: NOW });
    const all = [...first.slots, ...second.slots];
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const gaps = all.slice(1).map(({ at }, n) => at - (all[n]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeCloseTo(200, 0);
  });

  test('are granted for a bounded time ahead, and none after `until`', () => {
    const fresh = firstRate(NOW);
    expect(grantSlots(fresh, { wanted: 1000, now: NOW }).slots.at(-1)?.at).toBeLessThanOrEqual(NOW + 1000);
    const lastOf = (until?: number) => grantSlots(settled(5), { wanted: 1000, now: NOW, until }).slots.at(-1)?.at;
    expect(lastOf()).toBeGreaterThan(NOW + 9_000);
    expect(lastOf(NOW + 2000)).toBeLessThanOrEqual(NOW + 2000);
  });

  test('whose time has passed are not granted', () => {
    const { slots } = grantSlots(firstRate(NOW), { wanted: 1, now: NOW + 3_600_000 });
    expect(slots[0]?.at).toBe(NOW + 3_600_000);
  });

  test('are granted in batches: half of a batch has to pass before the next', () => {
    const { rate } = grantSlots(settled(5), { wanted: 1000, now: NOW });
    expect(isOpen(rate, NOW)).toBe(false);
    expect(isOpen(rate, NOW + 6_000)).toBe(true);
  });
});

describe('the rate', () => {
  test('is lowered to what was seen to pass, less a margin', () => {
    const slowed = slowDown({ ...settled(5), given: 290 }, { at: NOW, number: 271 }, NOW);
    expect(slowed.passes).toBeCloseTo(270 / 60);
    expect(rateAt(slowed, slowed.since.at)).toBeCloseTo((270 / 60) * 0.95);
  });

  test('is lowered once for all slots that were granted at it, in any order of reports', () => {
    const rate = { ...settled(5), given: 300 };
    const once = slowDown(rate, { at: NOW, number: 290 }, NOW);
    for (const number of [300, 291, 295, 289, 1]) {
      expect(slowDown(once, { at: NOW + number, number }, NOW + 2000).passes).toBe(once.passes);
    }
  });

  test('is lowered by a quarter at most, even if many calls come late and all at once', () => {
    expect(slowDown({ ...settled(5), given: 300 }, { at: NOW, number: 2 }, NOW).passes).toBeCloseTo(5 * 0.75);
  });

  test('recovers from any cut', () => {
    let rate = settled(100);
    let now = NOW;
    while (rateAt(rate, now) > 10) {
      now += 10_000;
      rate = grantSlots(rate, { wanted: 10_000, now }).rate;
      rate = slowDown(rate, { at: rate.since.at + 6000, number: rate.since.slot }, now);
    }
    const fallen = rateAt(rate, now);
    expect(rateAt(rate, now + 420_000)).toBeGreaterThan(10 * fallen);
  });

  test('does not change for a call without a slot number', () => {
    const rate = firstRate(NOW);
    expect(slowDown(rate, { at: NOW }, NOW + 10)).toBe(rate);
  });

  test('returns to what passed within a minute, stays around it for another, and then grows ever faster', () => {
    const rates = [0, 60, 120, 300].map((seconds) => rateAt(settled(100), NOW - 60_000 + seconds * 1000));
    expect(rates).toEqual([95, 100, 105, 420]);
  });

  test('doubles every ten seconds until the limit is met', () => {
    const rate = firstRate(NOW);
    expect(rateAt(rate, rate.since.at + 30_000)).toBe(40);
  });

  test('does not grow while no slots are taken', () => {
    const later = NOW + 500_000;
    const { rate } = grantSlots(settled(5), { wanted: 1, now: later });
    expect(rateAt(rate, later)).toBeCloseTo(5);
    expect(rateAt(settled(5), later)).toBeGreaterThan(100);
  });

  test('is lowered by a late report of a slot that was granted before an idle time', () => {
    const { rate, slots } = grantSlots({ ...settled(5), given: 100 }, { wanted: 1, now: NOW });
    const idle = grantSlots(rate, { wanted: 1, now: NOW + 20_000 }).rate;
    expect(slowDown(idle, slots[0] ?? { at: NOW }, NOW + 20_000).passes).toBeCloseTo(5 * 0.75, 1);
  });

  test('counts no throttled call as passed, even one that comes too soon for another cut', () => {
    let rate: Rate = { ...settled(5), since: { slot: 1, at: NOW }, given: 30 };
    for (const number of [6, 12, 15, 18, 21]) rate = slowDown(rate, { at: NOW + number * 200, number }, NOW + 5000);
    expect(rate.passes).toBe(5);
    expect(slowDown(rate, { at: NOW + 5000, number: 26 }, NOW + 5100).passes).toBeCloseTo((25 - 5) / 5);
  });

  test('is halved while the limit is searched for and nothing passes', () => {
    const { rate, slots } = grantSlots(firstRate(NOW), { wanted: 5, now: NOW });
    const slowed = slowDown(rate, slots[0] ?? { at: NOW }, NOW + 300);
    expect(slowed).toMatchObject({ searches: true, passes: 2.5 });
  });

  test('restarts at what passed before when calls are throttled again after a calm time', () => {
    const calm = NOW + 3_600_000;
    const resumed = slowDown(settled(5), { at: calm }, calm);
    expect(rateAt(resumed, resumed.since.at)).toBeCloseTo(5 * 0.95);
    expect(resumed.next_at).toBe(calm);
  });

  test('is no longer in force after a long time without throttling', () => {
    const rate = { ...firstRate(NOW), passes: 1 };
    expect(isInForce(rate, NOW + 600_000)).toBe(true);
    expect(isInForce(rate, NOW + 1_200_000)).toBe(false);
  });

  test('stays within bounds for any sequence of grants and throttled calls', () => {
    const step = fc.record({
      pass: fc.integer({ min: 0, max: 120_000 }),
      wanted: fc.integer({ min: 0, max: 50 }),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let rate = firstRate(NOW);
        let now = NOW;
        let last = 0;
        for (const { pass, wanted, refused } of steps) {
          now += pass;
          const given = grantSlots(rate, { wanted, now });
          for (const { at } of given.slots) {
            expect(at).toBeGreaterThanOrEqual(Math.max(now, last));
            last = at;
          }
          const slot = given.slots.at(-1);
          rate = refused && slot ? slowDown(given.rate, slot, slot.at) : given.rate;
          expect(rateAt(rate, now)).toBeGreaterThanOrEqual(0.09);
          expect(rateAt(rate, now)).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});

test.each([
  [4_000, { perSecond: 1, burst: 20 }],
  [10_000, { perSecond: 5, burst: 50 }],
  [30_000, { perSecond: 20, burst: 100 }],
])('%i calls against an unknown limit take at most 3 percent longer than the limit requires', async (calls, limit) => {
  const { seconds, theory, calls: made } = await rateLimiterAlone(calls, limit);
  expect(seconds / theory).toBeLessThan(1.03);
  expect(made.throttled / made.made).toBeLessThan(0.06);
});
