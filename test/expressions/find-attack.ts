import { check } from 'recheck';
import type { Expression } from './expressions.ts';

/** Milliseconds. On a busy machine the slowest analysis takes fifteen seconds. */
const TIMEOUT = 120_000;

/**
 * Returns a text that makes an expression take more than linear time, or why the analysis failed; undefined for a safe
 * expression. recheck analyses automata if it can, and else looks for attacks by fuzzing.
 * https://makenowjust-labs.github.io/recheck/
 */
export async function findAttack({ source, flags }: Pick<Expression, 'source' | 'flags'>): Promise<string | undefined> {
  const found = await check(source, flags, { timeout: TIMEOUT, randomSeed: 1 });
  switch (found.status) {
    case 'safe':
      return undefined;
    case 'vulnerable':
      return `${found.complexity.summary}: ${found.attack.pattern}`;
    case 'unknown':
      return `unknown: ${found.error.kind}`;
  }
}
