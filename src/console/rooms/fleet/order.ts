import { STATES, stateOf } from '../../tenants/state.ts';
import type { Row } from './row.ts';

const RANK: ReadonlyMap<string, number> = new Map(STATES.map((state, index) => [state, index]));

/** Returns the ids of rows, failing first, then by name. */
export function sortedIds(rows: readonly Row[]): string[] {
  const ranked = rows.map((row) => ({ id: row.tenant_id, rank: RANK.get(stateOf(row)) ?? STATES.length }));
  ranked.sort((one, other) => one.rank - other.rank || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  return ranked.map(({ id }) => id);
}

/**
 * Returns the ids in the order that they are shown in while the order is held: those that were shown stay where they are,
 * and new ones follow at the end. Nothing moves under the pointer.
 */
export function heldIds(shown: readonly string[], sorted: readonly string[]): string[] {
  const wasShown = new Set(shown);
  return [...shown, ...sorted.filter((id) => !wasShown.has(id))];
}

/** Counts the rows that are not where the sorted list has them. */
export function countMoved(shown: readonly string[], sorted: readonly string[]): number {
  return shown.filter((id, index) => sorted[index] !== id).length;
}
