import { describe, expect, test } from 'vitest';
import { storm } from '../../../bench/storm/storm.ts';

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

describe('a storm of provisions against the limits of ECS, in virtual time', () => {
  test('ends about as soon as the limits allow, with every tenant ready and few calls throttled', async () => {
    const { seconds, theory, lost, calls } = await storm({ provisions: 300 });
    expect(lost).toBe(0);
    expect(seconds / theory).toBeLessThan(1.05);
    expect(calls.throttled / calls.made).toBeLessThan(0.02);
  });

  test('ends in time even with slow calls and rare sweeps', async () => {
    const { seconds, theory, lost } = await storm({ provisions: 400, destroys: 40, callMs: 1000, sweepMs: 4000 });
    expect(lost).toBe(0);
    expect(seconds / theory).toBeLessThan(1.1);
  });

  test('delays neither updates nor destroys', async () => {
    const { lost, waits } = await storm({ provisions: 200, updates: 20, destroys: 20, reads: 100 });
    expect(lost).toBe(0);
    expect(median(waits.update)).toBeLessThan(median(waits.provision) / 4);
    expect(Math.max(...waits.destroy)).toBeLessThan(10);
  });

  test('throttles most calls without the rate limiter', async () => {
    const { calls } = await storm({ provisions: 300, limited: false });
    expect(calls.throttled / calls.made).toBeGreaterThan(0.5);
  });

  test('gives equal results each time', async () => {
    const [once, again] = [await storm({ provisions: 60, seed: 7 }), await storm({ provisions: 60, seed: 7 })];
    expect(again.calls).toEqual(once.calls);
    expect(again.seconds).toBe(once.seconds);
  });
});
