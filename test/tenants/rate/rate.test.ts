import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimiterAlone } from '../../../bench/storm/rate-limiter-alone.ts';
import { firstRate, give, isInForce, isOpen, rateAt, slowDown } from '../../../src/tenants/rate/rate.ts';
import type { Rate } from '../../../src/tenants/rate/rates.ts';

const NOW = 1_700_000_000_000;

/** A pace whose limit was met a minute ago: the curve is where it was then. */
function settled(passes: number): Rate {
  const at = NOW - 60_000;
  return { ...firstRate(at), passes, since: { turn: 1, at }, next_at: NOW, searches: false };
}

describe('turns', () => {
  test('come one after the other at the rate, and nobody gets one twice', () => {
    const first = give(settled(5), { wanted: 10, now: NOW });
    const second = give(first.pace, { wanted: 10, now: NOW });
    const all = [...first.turns, ...second.turns];
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const gaps = all.slice(1).map(({ at }, n) => at - (all[n]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeCloseTo(200, 0);
  });

  test('are given away only so far ahead, and not beyond what is asked for', () => {
    const fresh = firstRate(NOW);
    expect(give(fresh, { wanted: 1000, now: NOW }).turns.at(-1)?.at).toBeLessThanOrEqual(NOW + 1000);
    const lastOf = (until?: number) => give(settled(5), { wanted: 1000, now: NOW, until }).turns.at(-1)?.at;
    expect(lastOf()).toBeGreaterThan(NOW + 9_000);
    expect(lastOf(NOW + 2000)).toBeLessThanOrEqual(NOW + 2000);
  });

  test('that have gone by are nobody’s', () => {
    const { turns } = give(firstRate(NOW), { wanted: 1, now: NOW + 3_600_000 });
    expect(turns[0]?.at).toBe(NOW + 3_600_000);
  });

  test('are given in lots: half of them have to come before there are others', () => {
    const { pace } = give(settled(5), { wanted: 1000, now: NOW });
    expect(isOpen(pace, NOW)).toBe(false);
    expect(isOpen(pace, NOW + 6_000)).toBe(true);
  });
});

describe('the rate', () => {
  test('goes down to what was seen to pass, and a margin below', () => {
    const slowed = slowDown({ ...settled(5), given: 290 }, { at: NOW, number: 271 }, NOW);
    expect(slowed.passes).toBeCloseTo(270 / 60);
    expect(rateAt(slowed, slowed.since.at)).toBeCloseTo((270 / 60) * 0.95);
  });

  test('goes down once for all turns that were given away at it, in whatever order they are heard of', () => {
    const pace = { ...settled(5), given: 300 };
    const once = slowDown(pace, { at: NOW, number: 290 }, NOW);
    for (const number of [300, 291, 295, 289, 1]) {
      expect(slowDown(once, { at: NOW + number, number }, NOW + 2000).passes).toBe(once.passes);
    }
  });

  test('goes down by a quarter at most, however many come late and all at once', () => {
    expect(slowDown({ ...settled(5), given: 300 }, { at: NOW, number: 2 }, NOW).passes).toBeCloseTo(5 * 0.75);
  });

  test('comes back from whatever it fell to', () => {
    let pace = settled(100);
    let now = NOW;
    while (rateAt(pace, now) > 10) {
      now += 10_000;
      pace = give(pace, { wanted: 10_000, now }).pace;
      pace = slowDown(pace, { at: pace.since.at + 6000, number: pace.since.turn }, now);
    }
    const fallen = rateAt(pace, now);
    expect(rateAt(pace, now + 420_000)).toBeGreaterThan(10 * fallen);
  });

  test('does not change for a call that nothing paced', () => {
    const pace = firstRate(NOW);
    expect(slowDown(pace, { at: NOW }, NOW + 10)).toBe(pace);
  });

  test('is back at what passed after a minute, stays about there for another, and then grows ever faster', () => {
    const rates = [0, 60, 120, 300].map((seconds) => rateAt(settled(100), NOW - 60_000 + seconds * 1000));
    expect(rates).toEqual([95, 100, 105, 420]);
  });

  test('doubles every ten seconds until the limit is met', () => {
    const pace = firstRate(NOW);
    expect(rateAt(pace, pace.since.at + 30_000)).toBe(40);
  });

  test('does not grow while nobody makes use of it', () => {
    const later = NOW + 500_000;
    const { pace } = give(settled(5), { wanted: 1, now: later });
    expect(rateAt(pace, later)).toBeCloseTo(5);
    expect(rateAt(settled(5), later)).toBeGreaterThan(100);
  });

  test('heeds what is heard late: after a time in which no turns were taken, of one that was given before', () => {
    const { pace, turns } = give({ ...settled(5), given: 100 }, { wanted: 1, now: NOW });
    const idle = give(pace, { wanted: 1, now: NOW + 20_000 }).pace;
    expect(slowDown(idle, turns[0] ?? { at: NOW }, NOW + 20_000).passes).toBeCloseTo(5 * 0.75, 1);
  });

  test('counts as passed nothing that was throttled, not even what was too soon to slow it down again', () => {
    let pace: Rate = { ...settled(5), since: { turn: 1, at: NOW }, given: 30 };
    for (const number of [6, 12, 15, 18, 21]) pace = slowDown(pace, { at: NOW + number * 200, number }, NOW + 5000);
    expect(pace.passes).toBe(5);
    expect(slowDown(pace, { at: NOW + 5000, number: 26 }, NOW + 5100).passes).toBeCloseTo((25 - 5) / 5);
  });

  test('goes down by half at a time while it is searched for and nothing passes', () => {
    const { pace, turns } = give(firstRate(NOW), { wanted: 5, now: NOW });
    const slowed = slowDown(pace, turns[0] ?? { at: NOW }, NOW + 300);
    expect(slowed).toMatchObject({ searches: true, passes: 2.5 });
  });

  test('is what passed before when calls are throttled again after a calm', () => {
    const calm = NOW + 3_600_000;
    const resumed = slowDown(settled(5), { at: calm }, calm);
    expect(rateAt(resumed, resumed.since.at)).toBeCloseTo(5 * 0.95);
    expect(resumed.next_at).toBe(calm);
  });

  test('is forgotten when nothing was throttled for long', () => {
    const pace = { ...firstRate(NOW), passes: 1 };
    expect(isInForce(pace, NOW + 600_000)).toBe(true);
    expect(isInForce(pace, NOW + 1_200_000)).toBe(false);
  });

  test('stays within bounds, whatever comes', () => {
    const step = fc.record({
      pass: fc.integer({ min: 0, max: 120_000 }),
      wanted: fc.integer({ min: 0, max: 50 }),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let pace = firstRate(NOW);
        let now = NOW;
        let last = 0;
        for (const { pass, wanted, refused } of steps) {
          now += pass;
          const given = give(pace, { wanted, now });
          for (const { at } of given.turns) {
            expect(at).toBeGreaterThanOrEqual(Math.max(now, last));
            last = at;
          }
          const turn = given.turns.at(-1);
          pace = refused && turn ? slowDown(given.pace, turn, turn.at) : given.pace;
          expect(rateAt(pace, now)).toBeGreaterThanOrEqual(0.09);
          expect(rateAt(pace, now)).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});

test.each([
  [4_000, { perSecond: 1, burst: 20 }],
  [10_000, { perSecond: 5, burst: 50 }],
  [30_000, { perSecond: 20, burst: 100 }],
])('%i calls against a limit that nobody told take hardly longer than it makes them', async (calls, limit) => {
  const { seconds, theory, calls: made } = await rateLimiterAlone(calls, limit);
  expect(seconds / theory).toBeLessThan(1.03);
  expect(made.throttled / made.made).toBeLessThan(0.06);
});
