import { toPlainTable } from '../src/cli/terminal/table.ts';
import { measureRollout } from '../test/rollouts/measure.ts';
import { machine } from './harness.ts';

/*
 * npm run bench:rollouts: prints what a rollout costs with 100, 1,000 and 10,000 tenants in memory. Calls are exact. The
 * heap that is left after a rollout is that of the table with its tenants, operations and revisions.
 */

const rows: string[][] = [];
for (const size of [100, 1_000, 10_000]) {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const { reads, writes, itemBytes, pageBytes, phase } = await measureRollout(size);
  globalThis.gc?.();
  const left = (process.memoryUsage().heapUsed - before) / 1024;
  const bytes = [itemBytes, pageBytes].map((count) => `${(count / 1024).toFixed(1)} KB`);
  rows.push([`${size}`, phase, reads.toFixed(2), writes.toFixed(2), ...bytes, `${left.toFixed(0)} KB`]);
}
const titles = ['tenants', 'ended', 'reads each', 'writes each', 'largest item', 'largest page', 'heap after it'];
process.stdout.write(`${machine()}\n\n${toPlainTable([titles, ...rows])}\n`);
