import type { TableChange } from '../../src/events/announce-changes.ts';
import type { Item, Table } from '../../src/tenants/store/table.ts';
import { randomProgram } from '../tenants/simulation/programs/program.ts';
import { simulate } from '../tenants/simulation/run.ts';
import { randomCrashes } from '../tenants/simulation/task.ts';

/** Returns every write of a tenant in a simulated installation with crashes and faults, and the number of operations. */
export async function simulatedChanges(seed: number): Promise<{ changes: TableChange[]; operations: number }> {
  const changes: TableChange[] = [];
  const written = new Map<string, Item>();
  const watch = (honest: Table): Table => ({
    ...honest,
    async put(item, expected) {
      await honest.put(item, expected);
      if (!item.pk.startsWith('tenant#')) return;
      changes.push({ before: written.get(`${item.pk} ${expected}`), after: item });
      written.set(`${item.pk} ${item.version}`, item);
    },
  });
  const program = randomProgram(seed);
  const sabotage = { title: 'a stream', foundAs: 'threw' as const, table: watch };
  const { operations, violations } = await simulate(program, { seed, crashes: randomCrashes(seed), sabotage });
  if (violations.length > 0) throw new Error(`the simulation violates its rules: ${JSON.stringify(violations)}`);
  return { changes, operations };
}
