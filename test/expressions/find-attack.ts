import { check } from 'recheck';
import type { Expression } from './expressions.ts';

/** Milliseconds; on a busy machine the slowest of ours has taken fifteen seconds. */
const TIMEOUT = 120_000;

/**
 * A text that makes an expression take more than linear time, or that nobody could say; nothing for an expression that has
 * none. recheck decides with automata where it can and looks for attacks by fuzzing where it cannot.
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
      return `not known: ${found.error.kind}`;
  }
}
