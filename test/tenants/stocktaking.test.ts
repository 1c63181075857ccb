import { expect, test } from 'vitest';
import type { Inventory, InventoryReport } from '../../src/tenants/inventory.ts';
import { Stocktaking } from '../../src/tenants/stocktaking.ts';
import { createMemoryTable } from '../support/memory-table.ts';

const report: InventoryReport = { provider: 'ecs', held: 0, orphans: [], removed: [], healed: [], failed: 0 };

/** Instances that share a table; an inventory takes so long, and may fail. */
function stock({ tookMs = 0, error }: { tookMs?: number; error?: Error } = {}) {
  let now = 1_700_000_000_000;
  const taken: string[] = [];
  const inventory = {
    async take(provider: string) {
      taken.push(provider);
      now += tookMs;
      if (error) throw error;
      return report;
    },
  } as Partial<Inventory> as Inventory;
  const table = createMemoryTable();
  const clock = { now: () => now, sleep: async () => undefined };
  const make = () => new Stocktaking({ inventory, table, clock });
  const pass = (ms: number) => {
    now += ms;
  };
  return { one: make(), other: make(), taken, pass };
}

test('stock is taken about every minute, by one instance', async () => {
  const { one, other, taken, pass } = stock();
  expect(await Promise.all([one.takeIfDue('ecs'), other.takeIfDue('ecs')])).toContainEqual(report);
  expect(taken).toEqual(['ecs']);
  pass(30_000);
  expect(await other.takeIfDue('ecs')).toBeUndefined();
  pass(30_000);
  expect(await other.takeIfDue('ecs')).toEqual(report);
});

test('one that takes long is followed by the next so much the later', async () => {
  const { one, taken, pass } = stock({ tookMs: 40_000 });
  await one.takeIfDue('ecs');
  pass(300_000);
  expect(await one.takeIfDue('ecs')).toBeUndefined();
  pass(70_000);
  expect(await one.takeIfDue('ecs')).toEqual(report);
  expect(taken).toHaveLength(2);
});

test('one that fails says so, and counts for the time of the next', async () => {
  const { one, pass } = stock({ tookMs: 54_000, error: new Error('out of time') });
  await expect(one.takeIfDue('ecs')).rejects.toThrow('out of time');
  pass(300_000);
  expect(await one.takeIfDue('ecs')).toBeUndefined();
});
