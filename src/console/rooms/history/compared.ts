import type { Revision } from '../../api/types.ts';

/** The two revisions whose difference is shown. */
export interface Compared {
  from: number;
  to: number;
}

/** Returns the revisions that the address names. Default: the newest one and the one before it. */
export function comparedOf(query: Readonly<Record<string, string>>, newest: number): Compared {
  const read = (text: string | undefined, otherwise: number) => {
    const number = Number(text);
    return Number.isInteger(number) && number >= 1 && number <= newest ? number : otherwise;
  };
  const to = read(query.to, newest);
  return { from: read(query.from, Math.max(1, to - 1)), to };
}

/** How the outcome of a revision is marked. */
export const outcomeStates = {
  pending: 'changing',
  serving: 'healthy',
  served: 'unknown',
  failed: 'failing',
  superseded: 'stopped',
} as const satisfies Record<Revision['outcome'], string>;
