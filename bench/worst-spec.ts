import { validateComputeSpec } from '../src/index.ts';
import { worstSpecs } from '../test/support/worst-specs.ts';
import type { Row } from './harness.ts';

/** The most laborious specification that 64 KB can hold, which is to be refused within 5 ms. */
export function worstSpecRows(): Row[] {
  const timed = worstSpecs().map(([name, spec]) => ({ name, spec, time: shortestTime(spec) }));
  const [worst] = timed.toSorted((a, b) => b.time - a.time);
  if (!worst) return [];
  const text = JSON.stringify(worst.spec);
  return [
    {
      subject: { name: `validateComputeSpec (${worst.name})`, run: (times) => repeat(times, () => judge(worst.spec)) },
      floor: { name: 'JSON.parse of the same', run: (times) => repeat(times, () => JSON.parse(text)) },
    },
  ];
}

/** The best of a few, so that a busy moment does not choose the worst. */
function shortestTime(spec: unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    judge(spec);
    return performance.now() - begun;
  });
  return Math.min(...times);
}

function judge(spec: unknown): void {
  try {
    validateComputeSpec(spec);
  } catch {
    // To be refused is what most of them are made for.
  }
}

function repeat(times: number, work: () => unknown): void {
  for (let count = 0; count < times; count += 1) work();
}
