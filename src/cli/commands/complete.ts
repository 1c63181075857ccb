import type { Invocation } from '../command.ts';
import { type Candidate, findCompletions } from '../completion/find-completions.ts';
import { lookUpCandidates } from '../completion/look-up-candidates.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';

/** Prints a line for each candidate: the word and, after a tab, what it stands for. */
export async function run(session: Session, { args }: Invocation): Promise<number> {
  const [last = ''] = args.slice(-1);
  const { candidates, lookUp, given } = findCompletions(args);
  if (lookUp === 'files') {
    session.terminal.print(':files');
    return exitCodes.done;
  }
  // Completion never prints an error.
  const found = lookUp ? await lookUpCandidates(session, lookUp, given, last).catch(() => []) : candidates;
  for (const candidate of found) if (candidate.word.startsWith(last)) session.terminal.print(toLine(candidate));
  return exitCodes.done;
}

function toLine({ word, about }: Candidate): string {
  return about ? `${toSafeLine(word)}\t${toSafeLine(about)}` : toSafeLine(word);
}
