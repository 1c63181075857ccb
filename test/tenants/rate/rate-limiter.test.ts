import { describe, expect, test } from 'vitest';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');

/** Two instances that share a table. */
function instances() {
  let now = NOW;
  const items = new Map<string, Item>();
  const plain = createMemoryTable(items);
  const calls: string[] = [];
  const table = {
    ...plain,
    get(pk: string, sk: string) {
      calls.push('get');
      return plain.get(pk, sk);
    },
    put(...args: Parameters<typeof plain.put>) {
      calls.push('put');
      return plain.put(...args);
    },
  };
  const clock = { now: () => now, sleep: async () => undefined };
  const pass = (ms: number) => {
    now += ms;
  };
  return {
    one: new RateLimiter({ table, clock }),
    other: new RateLimiter({ table, clock }),
    calls,
    items,
    pass,
    now: () => now,
  };
}

describe('a provider that never throttled', () => {
  test('is called at once, without any request to the table', async () => {
    const { one, calls } = instances();
    expect(await one.slotWithin('ecs', 'change', 0)).toEqual({ at: NOW });
    expect(await one.takeSlots('ecs', 'look', { wanted: 3 })).toHaveLength(3);
    expect(one.known()).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe('a destroy that is throttled', () => {
  test('lowers no rate while the rate of changes is searched for, as changes may be the cause', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await one.reportThrottled('ecs', 'destroy', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(false);
  });

  test('lowers the rate of destroys where no change was throttled', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'destroy', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(true);
  });
});

describe('a provider that throttled', () => {
  test('has one schedule of slots that all instances share', async () => {
    const { one, other } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await other.reportThrottled('ecs', 'change', { at: NOW }); // so that it knows the rates
    const slots = [
      ...(await one.takeSlots('ecs', 'change', { wanted: 2 })),
      ...(await other.takeSlots('ecs', 'change', { wanted: 2 })),
    ];
    expect(slots.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(new Set(slots.map(({ at }) => at)).size).toBe(4);
  });

  test('is known to every sweeper, without another read', async () => {
    const { one, other, items } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    const table = createMemoryTable(items);
    const [seen] = await table.query({ index: 'work', key: 'work', limit: 10 });
    expect(seen).toMatchObject({ pk: 'pace#ecs', sk: 'ecs' });
    other.learn('ecs', JSON.parse(seen?.summary ?? ''));
    expect(other.isLimited('ecs', 'change')).toBe(true);
    expect(other.known()).toEqual([{ backend: 'ecs', kind: 'change' }]);
  });

  test('is limited for the kind of calls that it throttled, and for no other', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(false);
    expect(one.isLimited('ecs-us', 'change')).toBe(false);
    expect(await one.slotWithin('ecs', 'destroy', 0)).toEqual({ at: NOW });
  });

  test('grants no slot to a call that would wait too long, and rarely reads the table for that', async () => {
    const { one, calls, pass } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await one.takeSlots('ecs', 'change', { wanted: 1000 });
    pass(100);
    calls.length = 0;
    for (let n = 0; n < 50; n += 1) expect(await one.slotWithin('ecs', 'change', 500)).toBeUndefined();
    expect(calls.length).toBeLessThanOrEqual(1);
  });

  test('costs one write for a batch of slots', async () => {
    const { one, calls, pass } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    pass(10_000);
    calls.length = 0;
    expect((await one.takeSlots('ecs', 'change', { wanted: 100 })).length).toBeGreaterThan(3);
    expect(calls).toEqual(['put']);
  });

  test('is no longer limited after a long time without throttling', async () => {
    const { one, pass, now } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    pass(3_600_000);
    expect(one.isLimited('ecs', 'change')).toBe(false);
    expect(await one.slotWithin('ecs', 'change', 0)).toEqual({ at: now() });
  });
});
