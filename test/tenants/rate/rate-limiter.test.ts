import { describe, expect, test } from 'vitest';
import { RateLimiter } from '../../../src/tenants/rate/rate-limiter.ts';
import type { Item } from '../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');

/** Two instances, and the table between them. */
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
  test('is called at once, and the table hears nothing of it', async () => {
    const { one, calls } = instances();
    expect(await one.slotWithin('ecs', 'change', 0)).toEqual({ at: NOW });
    expect(await one.takeSlots('ecs', 'look', { wanted: 3 })).toHaveLength(3);
    expect(one.known()).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe('a destroy that is throttled', () => {
  test('slows no destroys down while the rate of changes is being found: they may be the cause', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await one.reportThrottled('ecs', 'destroy', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(false);
  });

  test('slows destroys down where no change was throttled', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'destroy', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(true);
  });
});

describe('a provider that throttled', () => {
  test('is called in turn: instances share one schedule', async () => {
    const { one, other } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await other.reportThrottled('ecs', 'change', { at: NOW }); // so it knows
    const turns = [
      ...(await one.takeSlots('ecs', 'change', { wanted: 2 })),
      ...(await other.takeSlots('ecs', 'change', { wanted: 2 })),
    ];
    expect(turns.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(new Set(turns.map(({ at }) => at)).size).toBe(4);
  });

  test('is known to whoever sweeps, without a read of its own', async () => {
    const { one, other, items } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    const table = createMemoryTable(items);
    const [seen] = await table.query({ index: 'work', key: 'work', limit: 10 });
    expect(seen).toMatchObject({ pk: 'pace#ecs', sk: 'ecs' });
    other.learn('ecs', JSON.parse(seen?.summary ?? ''));
    expect(other.isLimited('ecs', 'change')).toBe(true);
    expect(other.known()).toEqual([{ backend: 'ecs', kind: 'change' }]);
  });

  test('is paced for the kind of calls that it throttled, and for no other', async () => {
    const { one } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    expect(one.isLimited('ecs', 'destroy')).toBe(false);
    expect(one.isLimited('ecs-us', 'change')).toBe(false);
    expect(await one.slotWithin('ecs', 'destroy', 0)).toEqual({ at: NOW });
  });

  test('sends those away who would wait too long, and asks the table only now and then', async () => {
    const { one, calls, pass } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    await one.takeSlots('ecs', 'change', { wanted: 1000 });
    pass(100);
    calls.length = 0;
    for (let n = 0; n < 50; n += 1) expect(await one.slotWithin('ecs', 'change', 500)).toBeUndefined();
    expect(calls.length).toBeLessThanOrEqual(1);
  });

  test('costs one write for a lot of turns', async () => {
    const { one, calls, pass } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    pass(10_000);
    calls.length = 0;
    expect((await one.takeSlots('ecs', 'change', { wanted: 100 })).length).toBeGreaterThan(3);
    expect(calls).toEqual(['put']);
  });

  test('is free again when it throttled nothing for long', async () => {
    const { one, pass, now } = instances();
    await one.reportThrottled('ecs', 'change', { at: NOW });
    pass(3_600_000);
    expect(one.isLimited('ecs', 'change')).toBe(false);
    expect(await one.slotWithin('ecs', 'change', 0)).toEqual({ at: now() });
  });
});
