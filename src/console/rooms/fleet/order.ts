import { STATES, stateOf } from '../../tenants/state.ts';
import type { Row } from './row.ts';

/** Returns the ids of rows, failing first, then by name. */
export function sortedIds(rows: readonly Row[]): string[] {
  const byState = Map.groupBy(rows, stateOf);
  return STATES.flatMap((state) => (byState.get(state) ?? []).map(({ tenant_id }) => tenant_id).sort());
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
