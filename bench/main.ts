import { measureColdStarts } from './cold-start.ts';
import { coreRows } from './core.ts';
import { machine, measure, toLines } from './harness.ts';
import { measureLocalHost } from './local-host.ts';
import { worstSpecRows } from './worst-spec.ts';

/** `npm run bench`: prints each measured subject beside its floor, as a ratio of medians taken in one run. */
async function main(): Promise<void> {
  process.stdout.write(`${machine()}\nEach row and its floor alternate in one run; medians.\n\n`);
  const results = await measure([...(await coreRows()), ...worstSpecRows()]);
  process.stdout.write(`${toLines([...results, await measureLocalHost(), ...(await measureColdStarts())])}\n`);
}

await main();
