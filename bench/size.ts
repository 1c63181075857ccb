import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../infra/bundle/bundle.ts';
import { toPlainTable } from '../src/cli/terminal/table.ts';
import { type Budget, budgets } from './budget.ts';
import { coldImports } from './cold-import.ts';
import { machine } from './harness.ts';
import { weigh } from './weigh.ts';

const ROUNDS = 15;

/** Returns one sentence for each limit of the budget that a function exceeds. */
export function overBudget(operation: string, measured: Partial<Budget>, budget: Budget): string[] {
  return (['total', 'loaded', 'coldImport'] as const).flatMap((what) => {
    const value = measured[what] ?? 0;
    return value > budget[what] ? [`${operation}: ${what} is ${value.toFixed(2)}, more than ${budget[what]}`] : [];
  });
}

/** `npm run size`: measures the bundled functions and their cold imports. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-size-'));
  try {
    const weights = weigh(await bundle(['ecs'], folder), folder);
    const ratios = coldImports(
      weights.map(({ file }) => file),
      { folder, rounds: ROUNDS },
    );
    const measured = weights.map((weight, index) => ({ ...weight, coldImport: ratios[index] ?? Number.NaN }));
    const rows = measured.map(({ operation, total, loaded, files, coldImport }) => {
      const budget = budgets[operation];
      const cell = (value: number, digits: number, limit: number) => `${value.toFixed(digits)} of ${limit}`;
      return [
        operation,
        cell(total, 0, budget.total),
        cell(loaded, 0, budget.loaded),
        String(files),
        cell(coldImport, 2, budget.coldImport),
      ];
    });
    const titles = ['with the provider ecs', 'KB in total', 'KB loaded cold', 'files', 'cold import / empty handler'];
    process.stdout.write(
      `${machine()}\nMedians of ${ROUNDS} interleaved starts.\n\n${toPlainTable([titles, ...rows])}\n`,
    );
    const excess = measured.flatMap((one) => overBudget(one.operation, one, budgets[one.operation]));
    if (excess.length > 0) {
      process.stderr.write(`\nThese functions exceed the budget in bench/budget.ts:\n  ${excess.join('\n  ')}\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();
