import { createInterface } from 'node:readline/promises';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** Asks a yes-or-no question. Throws `UsageError` if standard input or error is not a terminal. */
export async function askYesOrNo({ host, signal }: Session, question: string): Promise<boolean> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new UsageError('cannot prompt: stdin is not a terminal. Pass --yes to confirm.');
  const lines = createInterface({ input: host.stdin, output: host.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
