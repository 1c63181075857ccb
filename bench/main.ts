import { coreRows } from './core.ts';
import { machine, measure, toTable } from './harness.ts';
import { worstSpecRows } from './worst-spec.ts';

process.stdout.write(`${machine()}\nEach row and its floor in turn, in one run; medians.\n\n`);
process.stdout.write(`${toTable(await measure([...(await coreRows()), ...worstSpecRows()]))}\n`);
