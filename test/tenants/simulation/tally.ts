import { type ViolationKind, violations } from './environment/ledger.ts';

/** A violation in a run, and the command that repeats it. */
export interface Failure {
  replay: string;
  kind: ViolationKind | 'threw' | 'ended_otherwise';
  about: string;
}

/** The results of some runs. Plain data, so that threads can exchange it. */
export interface Tally {
  runs: number;
  requests: number;
  operations: number;
  /** How often each fault struck, by its number. */
  faults: Record<string, number>;
  /** Rollouts that were started. */
  rollouts: number;
  randomPrograms: number;
  /** Programs of messages that were delivered in order, and then badly several times. */
  deliveredPrograms: number;
  deliveries: number;
  dropped: number;
  failures: Failure[];
}

export const failureKinds = [...(Object.keys(violations) as ViolationKind[]), 'ended_otherwise', 'threw'] as const;

export function emptyTally(): Tally {
  return {
    runs: 0,
    requests: 0,
    operations: 0,
    rollouts: 0,
    faults: {},
    randomPrograms: 0,
    deliveredPrograms: 0,
    deliveries: 0,
    dropped: 0,
    failures: [],
  };
}

export function addTally(total: Tally, { faults, failures, ...counts }: Tally): void {
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) total[key] += counts[key];
  for (const [number, count] of Object.entries(faults)) countFault(total, number, count);
  total.failures.push(...failures);
}

export function countFault({ faults }: Tally, number: string, count = 1): void {
  faults[number] = (faults[number] ?? 0) + count;
}
