import { createInterface } from 'node:readline/promises';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** Asks a question that is answered by yes or no. Where nobody can answer, it is an error that nobody was meant to be asked. */
export async function askYesOrNo({ host, signal }: Session, question: string): Promise<boolean> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new UsageError(`nobody can be asked here: ${question} Say so with --yes`);
  const lines = createInterface({ input: host.stdin, output: host.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
