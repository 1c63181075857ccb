import { createInterface } from 'node:readline/promises';
import { InterruptedError } from '../interrupted-error.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Asks a yes-or-no question. The end of the input means no. Throws `InterruptedError` at Ctrl-C, and `UsageError` if
 * standard input or error is not a terminal.
 */
export async function askYesOrNo({ host, signal }: Session, question: string): Promise<boolean> {
  if (!host.stdin.isTTY || !host.stderr.isTTY)
    throw new UsageError('cannot prompt: stdin is not a terminal. Pass --yes to confirm.');
  const lines = createInterface({ input: host.stdin, output: host.stderr });
  const interrupt = new AbortController();
  // A terminal in raw mode gives Ctrl-C to readline, and no signal to the process.
  lines.on('SIGINT', () => interrupt.abort(new InterruptedError()));
  const ended = new Promise<string>((resolve) => lines.on('close', () => resolve('')));
  try {
    const asked = lines.question(`${question} [y/N] `, { signal: AbortSignal.any([signal, interrupt.signal]) });
    const answer = await Promise.race([asked, ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    host.stderr.write('\n');
    throw interrupt.signal.aborted ? interrupt.signal.reason : error;
  } finally {
    lines.close();
  }
}
