import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../infra/local/database/open-database.ts';
import { createSqliteTable } from '../infra/local/database/sqlite-table.ts';
import type { Table } from '../src/tenants/store/table.ts';
import type { TableCalls } from '../test/support/counting-client.ts';
import { createPopulatedStore, type PopulatedStore } from '../test/tenants/store/populated-store.ts';
import { median } from './harness.ts';
import { toTable } from './table.ts';

/** What one operation costs in a table with so many tenants. */
export interface StoreCost {
  name: string;
  tenants: number;
  /** The median. */
  milliseconds: number;
  reads: number;
  writes: number;
  /** Items that the queries among the reads looked at. */
  examined: number;
}

const ROUNDS = 101;

/** Measures the store on the SQLite table in a file, as one machine has it. The sizes have to ascend. */
export async function measureStore(sizes: readonly number[]): Promise<StoreCost[]> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const database = await openDatabase(directory);
  try {
    const populated = createPopulatedStore(countCalls(createSqliteTable(database)));
    await populated.growTo(sizes[0] ?? 0);
    await measureSize(populated, 0); // only to warm up
    const costs: StoreCost[] = [];
    for (const size of sizes) {
      await populated.growTo(size);
      costs.push(...(await measureSize(populated, size)));
    }
    return costs;
  } finally {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function countCalls(table: Table): { table: Table; calls: TableCalls } {
  const calls: TableCalls = { reads: 0, writes: 0, examined: 0 };
  const counted: Table = {
    get(pk, sk) {
      calls.reads += 1;
      return table.get(pk, sk);
    },
    put(item, expected) {
      calls.writes += 1;
      return table.put(item, expected);
    },
    remove(pk, sk) {
      calls.writes += 1;
      return table.remove(pk, sk);
    },
    async query(query) {
      calls.reads += 1;
      const items = await table.query(query);
      calls.examined += items.length;
      return items;
    },
  };
  return { table: counted, calls };
}

/** All operations by turns, so that whatever else the machine does happens to all of them. */
async function measureSize({ workloads, calls }: PopulatedStore, tenants: number): Promise<StoreCost[]> {
  const samples = workloads.map((): number[] => []);
  const counts = workloads.map(() => ({ ...calls }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { run }] of workloads.entries()) {
      const before = { ...calls };
      const begun = performance.now();
      await run();
      samples[index]?.push(performance.now() - begun);
      const { reads, writes, examined } = calls;
      counts[index] = {
        reads: reads - before.reads,
        writes: writes - before.writes,
        examined: examined - before.examined,
      };
    }
  }
  return workloads.map(({ name }, index) => ({
    name,
    tenants,
    milliseconds: median(samples[index] ?? []),
    ...(counts[index] ?? calls),
  }));
}

/** One line for each operation, one column for the time at each size, and what it asks of the table, which is the same at each. */
export function formatStoreCosts(costs: readonly StoreCost[]): string {
  const sizes = [...new Set(costs.map(({ tenants }) => tenants))];
  const names = [...new Set(costs.map(({ name }) => name))];
  const head = ['ms, by number of tenants', ...sizes.map((size) => size.toLocaleString('en'))];
  const rows = names.map((name) => {
    const same = costs.filter((cost) => cost.name === name);
    const last = same.at(-1);
    const times = same.map(({ milliseconds }) => milliseconds.toFixed(2));
    return [name, ...times, String(last?.reads), String(last?.writes), String(last?.examined)];
  });
  return toTable([[...head, 'reads', 'writes', 'items examined'], ...rows]);
}

if (import.meta.main) {
  const sizes = [100, 1000, 10_000, ...(process.argv.includes('--large') ? [100_000] : [])];
  process.stdout.write(`${formatStoreCosts(await measureStore(sizes))}\n`);
}
