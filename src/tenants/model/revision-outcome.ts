import type { Operation } from './operation.ts';

/**
 * What became of a revision:
 * - `pending`: an operation works towards it, and it did not come up yet.
 * - `serving`: it is the latest one that came up.
 * - `served`: it came up, and a later one took its place.
 * - `failed`: the latest try to bring it up failed.
 * - `superseded`: another request took the place of its operation before it came up.
 */
export const REVISION_OUTCOMES = ['pending', 'serving', 'served', 'failed', 'superseded'] as const;
export type RevisionOutcome = (typeof REVISION_OUTCOMES)[number];

const outcomes = {
  running: 'pending',
  succeeded: 'served',
  failed: 'failed',
  cancelled: 'superseded',
} as const satisfies Record<Operation['state'], RevisionOutcome>;

/**
 * Returns what became of a revision, from the operations that worked towards it, newest first. Nothing else is recorded, so
 * revisions of older versions have an outcome too.
 */
export function outcomeOf(
  revision: number,
  operations: readonly Pick<Operation, 'revision' | 'state'>[],
  serving: number | undefined,
): RevisionOutcome {
  if (revision === serving) return 'serving';
  const own = operations.filter((operation) => operation.revision === revision);
  if (own.some(({ state }) => state === 'succeeded')) return 'served';
  return outcomes[own[0]?.state ?? 'cancelled'];
}
