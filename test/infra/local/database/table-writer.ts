import { writeSync } from 'node:fs';
import { openDatabase } from '../../../../infra/local/database/open-database.ts';
import { createSqliteTable } from '../../../../infra/local/database/sqlite-table.ts';
import type { Table } from '../../../../src/tenants/store/table.ts';

/*
 * Runs as a process of its own, with a data directory. It overwrites several items concurrently, and prints `ITEM VERSION`
 * after each acknowledged write. It goes on until it is killed.
 */

export const LANES = 16;

/** A version of an item. Each version is at another place of every index, or leaves it. */
export function laneItem(lane: number, version: number) {
  const id = `lane-${lane}`;
  const isOdd = version % 2 === 1;
  return {
    pk: `tenant#${id}`,
    sk: id,
    data: `written ${version}`,
    version,
    listed: 'tenant',
    phase: ['provisioning', 'ready', 'updating'][version % 3],
    ...(!isOdd && { provider: 'even' }),
    ...(isOdd && { work: 'work', work_at: String(version).padStart(9, '0') }),
  };
}

/** The version of the latest write of an item; 0 for none. */
export async function versionOf(table: Table, lane: number): Promise<number> {
  const { pk, sk } = laneItem(lane, 0);
  return (await table.get(pk, sk))?.version ?? 0;
}

async function write(table: Table, lane: number): Promise<never> {
  for (let version = await versionOf(table, lane); ; version += 1) {
    await table.put(laneItem(lane, version + 1), version || 'absent');
    writeSync(1, `${lane} ${version + 1}\n`);
  }
}

if (import.meta.main) {
  const table = createSqliteTable(await openDatabase(process.argv[2] ?? ''));
  await Promise.all(Array.from({ length: LANES }, (_, lane) => write(table, lane)));
}
