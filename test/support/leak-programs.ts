/** The number of random programs of a leak test, and their seed. */
export interface LeakRun {
  numRuns: number;
  seed: number;
}

/**
 * Returns the number of programs from `BERTH_LEAK_PROGRAMS`, or `few`, and the seed from `BERTH_LEAK_SEED`, or a random one.
 * It prints both, so that a failed run can be repeated.
 */
export function leakRun(provider: string, few: number): LeakRun {
  const { BERTH_LEAK_PROGRAMS: programs = few, BERTH_LEAK_SEED: given } = process.env;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  const numRuns = Number(programs);
  process.stderr.write(`leak test of ${provider}: ${numRuns} programs, BERTH_LEAK_SEED=${seed}\n`);
  return { numRuns, seed };
}
