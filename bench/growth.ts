import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../infra/local/database/open-database.ts';
import { createSqliteTable } from '../infra/local/database/sqlite-table.ts';
import { toPlainTable } from '../src/cli/terminal/table.ts';
import { type GrownStore, growStore, type Question } from '../test/tenants/store/grown-store.ts';
import { machine, median } from './harness.ts';

/*
 * npm run bench:growth [-- --sqlite]: measures requests and sweeps with ever more tenants in the store. The table is in
 * memory, which leaves the time of Berth's own code, or with --sqlite in the files of one machine.
 */

const SIZES = [100, 10_000, 100_000];
const ROUNDS = 101;
const WARM_UP = 30;

interface Cost {
  /** Milliseconds. */
  samples: number[];
  reads: number;
  writes: number;
}

/** Measures each question at each size. The sizes are interleaved, so that other load affects all of them alike. */
async function measureGrowth(stores: readonly GrownStore[]): Promise<Cost[][]> {
  const [smallest] = stores;
  const costs = (smallest?.questions ?? []).map(() => stores.map((): Cost => ({ samples: [], reads: 0, writes: 0 })));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [row, sized] of costs.entries()) {
      for (let offset = 0; offset < stores.length; offset += 1) {
        const column = (round + WARM_UP + offset) % stores.length;
        const { questions, calls } = stores[column] as GrownStore;
        const cost = sized[column] as Cost;
        const milliseconds = await ask(questions[row] as Question, calls, cost);
        if (round >= 0) cost.samples.push(milliseconds);
      }
    }
  }
  return costs;
}

/** Runs one question and records its table calls. Returns its milliseconds. */
async function ask({ before, run, after }: Question, calls: GrownStore['calls'], cost: Cost): Promise<number> {
  await before?.();
  const { reads, writes } = calls;
  const startedAt = performance.now();
  await run();
  const milliseconds = performance.now() - startedAt;
  cost.reads = calls.reads - reads;
  cost.writes = calls.writes - writes;
  await after?.();
  return milliseconds;
}

/** Returns one row for each question: its times, the ratio of the largest size to the smallest, and its reads + writes. */
function format(stores: readonly GrownStore[], costs: readonly Cost[][]): string {
  const sizes = SIZES.map((size) => size.toLocaleString('en'));
  const titles = [
    'tenants',
    ...sizes.map((size) => `ms, ${size}`),
    `${sizes.at(-1)} / ${sizes[0]}`,
    ...sizes.map((size) => `calls, ${size}`),
  ];
  const rows = costs.map((sized, row) => {
    const medians = sized.map(({ samples }) => median(samples));
    return [
      stores[0]?.questions[row]?.name ?? '',
      ...medians.map((milliseconds) => milliseconds.toFixed(3)),
      `×${((medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN)).toFixed(2)}`,
      ...sized.map(({ reads, writes }) => `${reads}+${writes}`),
    ];
  });
  return toPlainTable([titles, ...rows]);
}

const usesFiles = process.argv.includes('--sqlite');
const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
try {
  const stores: GrownStore[] = [];
  for (const size of SIZES) {
    const table = usesFiles ? createSqliteTable(await openDatabase(mkdtempSync(join(folder, 'growth-')))) : undefined;
    stores.push(await growStore(size, table));
  }
  const table = format(stores, await measureGrowth(stores));
  process.stdout.write(`${machine()}
Medians of ${ROUNDS} rounds; calls are reads + writes of the table, which is in ${usesFiles ? 'files' : 'memory'}.

${table}
`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
