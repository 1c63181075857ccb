import { expect, test } from 'vitest';
import { ConditionFailedError, type Item } from '../../../../src/tenants/store/table.ts';
import type { CreateTable } from '../store-suite.ts';

const anItem: Item = { pk: 'tenant#acme', sk: 'acme', data: '{"a":1}', version: 1 };

export function itemRules(createTable: CreateTable): void {
  test('an item is read as it was written, and an absent one is undefined', async () => {
    const table = await createTable();
    const whole = {
      ...anItem,
      data: 'quotes " and \\, lines\r\n\t, NUL \0, and 日本語 😀 \u{10ffff}',
      ttl: 1_795_478_400,
      listed: 'tenant',
      provider: 'ecs-eu',
      phase: 'ready',
      work: 'work',
      work_at: '2026-11-24T00:00:00.000Z',
      summary: '{}',
    };
    await table.put(whole, 'absent');
    expect(await table.get(whole.pk, whole.sk)).toEqual(whole);
    expect(await table.get(whole.pk, 'another')).toBeUndefined();
    expect(await table.get('another', whole.sk)).toBeUndefined();
  });

  test('a write replaces the whole item', async () => {
    const table = await createTable();
    await table.put({ ...anItem, ttl: 5, summary: '{}' }, 'absent');
    await table.put({ ...anItem, version: 2, ttl: undefined }, 1);
    const after = await table.get(anItem.pk, anItem.sk);
    expect(after).toEqual({ ...anItem, version: 2 });
    expect(Object.keys(after ?? {})).not.toContain('ttl');
  });

  test('data may be empty', async () => {
    const table = await createTable();
    await table.put({ ...anItem, data: '' }, 'absent');
    expect(await table.get(anItem.pk, anItem.sk)).toEqual({ ...anItem, data: '' });
  });

  test('a write that expects no item is refused where there is one', async () => {
    const table = await createTable();
    await table.put(anItem, 'absent');
    await expect(table.put({ ...anItem, data: 'second' }, 'absent')).rejects.toThrow(ConditionFailedError);
    expect(await table.get(anItem.pk, anItem.sk)).toEqual(anItem);
    await table.put({ ...anItem, sk: 'other' }, 'absent');
  });

  test('a write that expects a version is refused at another one, and without an item', async () => {
    const table = await createTable();
    await expect(table.put({ ...anItem, version: 2 }, 1)).rejects.toThrow(ConditionFailedError);
    expect(await table.get(anItem.pk, anItem.sk)).toBeUndefined();
    await table.put({ ...anItem, version: 10 }, 'absent');
    for (const wrong of [1, 9, 11, 100]) {
      await expect(table.put({ ...anItem, version: 11 }, wrong)).rejects.toThrow(ConditionFailedError);
    }
    await table.put({ ...anItem, version: 11 }, 10);
    expect(await table.get(anItem.pk, anItem.sk)).toEqual({ ...anItem, version: 11 });
  });

  test('an unconditional write always succeeds', async () => {
    const table = await createTable();
    await table.put(anItem, 'any');
    await table.put({ ...anItem, data: 'second' }, 'any');
    expect(await table.get(anItem.pk, anItem.sk)).toEqual({ ...anItem, data: 'second' });
  });

  test.each<['absent' | number]>([['absent'], [1]])('of many writers that expect %s, one wins', async (expected) => {
    const table = await createTable();
    if (expected === 1) await table.put(anItem, 'absent');
    const writers = Array.from({ length: 12 }, (_, n) => ({ ...anItem, version: 2, data: `writer ${n}` }));
    const outcomes = await Promise.allSettled(writers.map((item) => table.put(item, expected)));
    const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    expect(winners).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const reason of reasons) expect(reason).toBeInstanceOf(ConditionFailedError);
    expect(await table.get(anItem.pk, anItem.sk)).toMatchObject({ data: `writer ${winners[0]}` });
  });

  test('a removed item is absent, and removing it again does nothing', async () => {
    const table = await createTable();
    await table.put(anItem, 'absent');
    await table.put({ ...anItem, sk: 'beside' }, 'absent');
    await table.remove(anItem.pk, anItem.sk);
    await table.remove(anItem.pk, anItem.sk);
    expect(await table.get(anItem.pk, anItem.sk)).toBeUndefined();
    expect(await table.get(anItem.pk, 'beside')).toBeDefined();
    await table.put(anItem, 'absent');
  });

  test('an item of 390 KB is read as it was written', async () => {
    const table = await createTable();
    const large = { ...anItem, data: 'é'.repeat(195 * 1024) };
    await table.put(large, 'absent');
    const read = await table.get(large.pk, large.sk);
    expect(read?.data === large.data).toBe(true); // toEqual would print both
    await table.put({ ...large, version: 2 }, 1);
  });
}
