import { type GrownStore, growStore, type Question } from '../test/tenants/store/grown-store.ts';
import { machine, median } from './harness.ts';
import { toTable } from './table.ts';

/*
 * What one request costs with ever more tenants in the store, in memory: the code's own time, and what it asks of the table.
 * `node bench/store.ts --large` measures the same on the embedded table, where a hundred thousand take minutes to write.
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

const stores: GrownStore[] = [];
for (const size of SIZES) stores.push(await growStore(size));
const names = stores[0]?.questions.map(({ name }) => name) ?? [];
const costs = names.map(() => stores.map((): Cost => ({ samples: [], reads: 0, writes: 0 })));
for (let round = -WARM_UP; round < ROUNDS; round += 1) {
  // All sizes by turns, each time another one first, so that whatever else the machine does happens to all of them.
  for (const [row, sized] of costs.entries()) {
    for (let turn = 0; turn < SIZES.length; turn += 1) {
      const column = (round + WARM_UP + turn) % SIZES.length;
      const { questions, calls } = stores[column] as GrownStore;
      const cost = sized[column] as Cost;
      const milliseconds = await ask(questions[row] as Question, calls, cost);
      if (round >= 0) cost.samples.push(milliseconds);
    }
  }
}

async function ask({ before, run, after }: Question, calls: GrownStore['calls'], cost: Cost): Promise<number> {
  await before?.();
  const from = { ...calls };
  const begun = performance.now();
  await run();
  const took = performance.now() - begun;
  cost.reads = calls.reads - from.reads;
  cost.writes = calls.writes - from.writes;
  await after?.();
  return took;
}

const sizes = SIZES.map((size) => size.toLocaleString('en'));
const rows = costs.map((sized, row) => {
  const medians = sized.map(({ samples }) => median(samples));
  const [first = Number.NaN, ...others] = medians;
  const asked = sized.map(({ reads, writes }) => `${reads}+${writes}`);
  return [
    names[row] ?? '',
    ...medians.map((milliseconds) => milliseconds.toFixed(3)),
    ...others.map((milliseconds) => `×${(milliseconds / first).toFixed(2)}`),
    ...asked,
  ];
});
const head = [
  'tenants',
  ...sizes.map((size) => `ms, ${size}`),
  ...sizes.slice(1).map((size) => `${size} / ${sizes[0]}`),
  ...sizes.map((size) => `calls, ${size}`),
];
process.stdout.write(`${machine()}
Milliseconds (medians of ${ROUNDS}), their ratio to those with ${sizes[0]} tenants, and reads+writes of the table, which is in memory.

${toTable([head, ...rows])}
`);
