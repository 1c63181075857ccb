import { viewWaves } from '../../src/rollouts/model/waves.ts';
import type { Table } from '../../src/tenants/store/table.ts';
import { createIndexedTable } from '../support/indexed-table.ts';
import { aRollout, createFleet } from './fleet.ts';

export interface RolloutCost {
  tenants: number;
  /** Calls of the table for each tenant, from the start of the rollout to its end. */
  reads: number;
  writes: number;
  /** The most bytes that the item of the rollout had, and the most that a page of its rows had. */
  itemBytes: number;
  pageBytes: number;
  phase: string;
}

/** Rolls a version out to so many tenants in memory, and counts the calls of the table. */
export async function measureRollout(size: number): Promise<RolloutCost> {
  const counts = { reads: 0, writes: 0, itemBytes: 0, pageBytes: 0 };
  const table = counting(createIndexedTable(), counts);
  const fleet = await createFleet({ size, table });
  Object.assign(counts, { reads: 0, writes: 0 });
  await fleet.rollouts.start(aRollout('2', { max_in_flight: 50 }), fleet.caller);
  const rollout = await fleet.settle('app');
  const updated = viewWaves(rollout).reduce((sum, { succeeded }) => sum + succeeded, 0);
  if (updated !== size) throw new Error(`${updated} of ${size} tenants were updated: ${rollout.reason}`);
  const { reads, writes, ...bytes } = counts;
  return { tenants: size, reads: reads / size, writes: writes / size, ...bytes, phase: rollout.phase };
}

function counting(table: Table, counts: Omit<RolloutCost, 'tenants' | 'phase'>): Table {
  return {
    get(pk, sk) {
      counts.reads += 1;
      return table.get(pk, sk);
    },
    query(query) {
      counts.reads += 1;
      return table.query(query);
    },
    put(item, expected) {
      counts.writes += 1;
      if (item.pk.startsWith('rollout#')) counts.itemBytes = Math.max(counts.itemBytes, item.data.length);
      if (item.pk.startsWith('rows#')) counts.pageBytes = Math.max(counts.pageBytes, item.data.length);
      return table.put(item, expected);
    },
    remove: (pk, sk) => table.remove(pk, sk),
  };
}
