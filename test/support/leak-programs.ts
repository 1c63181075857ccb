/** How many random programs a leak test runs, and from which seed. */
export interface LeakRun {
  numRuns: number;
  seed: number;
}

/**
 * `BERTH_LEAK_PROGRAMS` says how many, as the full run does; without it a few will do. `BERTH_LEAK_SEED` runs those of an
 * earlier run again. Both are told, so that what is found can be found again.
 */
export function leakRun(provider: string, few: number): LeakRun {
  const { BERTH_LEAK_PROGRAMS: programs = few, BERTH_LEAK_SEED: given } = process.env;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  const numRuns = Number(programs);
  process.stderr.write(`leak test of ${provider}: ${numRuns} programs, BERTH_LEAK_SEED=${seed}\n`);
  return { numRuns, seed };
}
