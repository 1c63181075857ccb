import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paceAlone } from '../../bench/storm/pace-alone.ts';
import { firstPace, give, isInForce, isOpen, type Pace, slowDown } from '../../src/tenants/pace.ts';

const NOW = 1_700_000_000_000;

/** Time passes while all turns are taken as they come. */
function used(pace: Pace, seconds: number): Pace {
  let next = pace;
  for (let now = NOW; now < NOW + seconds * 1000; now += 1000) next = give(next, { wanted: 1000, now }).pace;
  return next;
}

describe('turns', () => {
  test('come one after the other at the rate, and nobody gets one twice', () => {
    const pace = { ...firstPace(NOW), rate: 5, given_before: 1, throttled_at: NOW - 60_000 };
    const first = give(pace, { wanted: 10, now: NOW });
    const second = give(first.pace, { wanted: 10, now: NOW });
    const all = [...first.turns, ...second.turns];
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const gaps = all.slice(1).map(({ at }, n) => at - (all[n]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeCloseTo(200, 0);
  });

  test('are given away only so far ahead, and not beyond what is asked for', () => {
    const fresh = firstPace(NOW);
    expect(give(fresh, { wanted: 1000, now: NOW }).turns.at(-1)?.at).toBeLessThanOrEqual(NOW + 1000);
    const settled = { ...fresh, given_before: 1, throttled_at: NOW - 60_000 };
    expect(give(settled, { wanted: 1000, now: NOW }).turns.at(-1)?.at).toBeGreaterThan(NOW + 9_000);
    expect(give(settled, { wanted: 1000, now: NOW, until: NOW + 2000 }).turns.at(-1)?.at).toBeLessThanOrEqual(
      NOW + 2000,
    );
  });

  test('that have gone by are nobody’s', () => {
    const { turns } = give(firstPace(NOW), { wanted: 1, now: NOW + 3_600_000 });
    expect(turns[0]?.at).toBe(NOW + 3_600_000);
  });

  test('are given in lots: half of them have to come before there are others', () => {
    const settled = { ...firstPace(NOW), given_before: 1, throttled_at: NOW - 60_000 };
    const { pace } = give(settled, { wanted: 1000, now: NOW });
    expect(isOpen(pace, NOW)).toBe(false);
    expect(isOpen(pace, NOW + 6_000)).toBe(true);
  });
});

describe('the rate', () => {
  test('goes down to what was seen to pass', () => {
    const turn = { at: NOW + 10_000, number: 100 };
    const pace = { ...firstPace(NOW), rate: 10, given: 100, given_before: 1 };
    const from = { turn: 0, at: NOW, throttled: 50 };
    expect(slowDown({ ...pace, measured_from: from }, turn, turn.at).rate).toBeCloseTo(5 * 0.95, 1);
  });

  test('goes down by its margin once for all turns that were given away at it', () => {
    const pace = { ...firstPace(NOW), rate: 10, given: 20, given_before: 1, throttled_at: NOW - 60_000 };
    const once = slowDown(pace, { at: NOW, number: 15 }, NOW);
    expect(once.rate).toBeCloseTo(9.5);
    expect(slowDown(once, { at: NOW + 100, number: 16 }, NOW + 100).rate).toBe(once.rate);
  });

  test('does not change for a call that nothing paced', () => {
    const pace = firstPace(NOW);
    expect(slowDown(pace, { at: NOW }, NOW + 10)).toBe(pace);
  });

  test('grows while nothing is throttled, slowly at first, so that a limit that was raised is found', () => {
    const settled = { ...firstPace(NOW), rate: 5, given_before: 1 };
    expect(used(settled, 60).rate).toBeLessThan(5.2);
    expect(used(settled, 600).rate).toBeGreaterThan(10);
  });

  test('that is not made use of does not stand', () => {
    const wild = { ...firstPace(NOW), rate: 1000, given_before: 1, given: 30 };
    expect(give(wild, { wanted: 1, now: NOW + 60_000 }).pace.rate).toBeLessThan(6);
  });

  test('is forgotten when nothing was throttled for long', () => {
    const pace = { ...firstPace(NOW), rate: 1 };
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
        let pace = firstPace(NOW);
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
          expect(pace.rate).toBeGreaterThanOrEqual(0.1);
          expect(pace.rate).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});

test.each([
  [4_000, { perSecond: 1, burst: 20 }],
  [10_000, { perSecond: 5, burst: 50 }],
])('%i calls against a limit that nobody told take hardly longer than it makes them', async (calls, limit) => {
  const { seconds, theory, calls: made } = await paceAlone(calls, limit);
  expect(seconds / theory).toBeLessThan(1.03);
  expect(made.throttled / made.made).toBeLessThan(0.06);
});
