import { CommanderError } from 'commander';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { FindingsError } from '../files/finding.ts';
import { InterruptedError } from '../interrupted-error.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { dim, red } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapText } from '../terminal/wrap-words.ts';
import { UsageError } from '../usage-error.ts';
import { hintOf } from './hint-of.ts';
import { isOfUnexpectedForm, unexpectedForm } from './unexpected-form.ts';

export interface ReportOptions {
  terminal: Terminal;
  debug: boolean;
  interrupted: boolean;
  /** The name of the command, if it was recognised. */
  command: string | undefined;
}

/** Prints why a command failed. Returns the exit code. */
export async function reportError(
  error: unknown,
  { terminal, debug, interrupted, command }: ReportOptions,
): Promise<number> {
  if (debug && error instanceof Error) terminal.note(dim(error.stack ?? ''));
  if (error instanceof CommanderError || error instanceof UsageError) {
    const message = error.message.replace(/^error: /, '').trim();
    // Commander puts its suggestion on a second line.
    for (const [index, line] of message.split('\n').entries()) {
      terminal.note(index === 0 ? `${red('error:')} ${toSafeLine(line)}` : toSafeLine(line));
    }
    terminal.note(command ? `See berth ${command} --help.` : 'berth --help lists the commands.');
    return exitCodes.usage;
  }
  if (error instanceof InterruptedError) {
    terminal.note('Interrupted; nothing was changed.');
    return exitCodes.interrupted;
  }
  if (interrupted) {
    terminal.note('Interrupted.');
    return exitCodes.interrupted;
  }
  if (error instanceof FindingsError) {
    const { describeFinding } = await import('../files/excerpt.ts');
    for (const finding of error.findings) terminal.note(`${describeFinding(finding, terminal.noteColumns)}\n`);
    const { length } = error.findings;
    terminal.note(`${red('error:')} ${length === 1 ? 'one problem' : `${length} problems`} found; nothing was changed`);
    return exitCodes.failed;
  }
  if (error instanceof CommandError) {
    noteError(terminal, error.message, error.hint);
    return exitCodes.failed;
  }
  return reportClientError(error, terminal, debug);
}

/** Prints the error and its hint. */
function noteError(terminal: Terminal, message: string, hint?: string): void {
  const note = (text: string) => terminal.note(wrapText(text, terminal.noteColumns, 2));
  note(`${red('error:')} ${toSafeLine(message)}`);
  if (hint) note(toSafeLine(hint));
}

async function reportClientError(error: unknown, terminal: Terminal, debug: boolean): Promise<number> {
  const { ClientUsageError, ProblemError, SigningError, WaitTimeoutError } = await import('../../client/errors.ts');
  if (error instanceof WaitTimeoutError) {
    noteError(terminal, error.message);
    return exitCodes.timedOut;
  }
  if (error instanceof ProblemError) {
    noteError(terminal, error.detail);
    for (const { pointer, detail } of error.errors) {
      // A single issue without a pointer repeats the detail.
      if (pointer !== '' || error.errors.length > 1) terminal.note(`  ${toSafeLine(`${pointer}  ${detail}`.trim())}`);
    }
    terminal.note(wrapText(toSafeLine(hintOf(error)), terminal.noteColumns, 2));
    return exitCodes.failed;
  }
  if (error instanceof Error && 'hint' in error && typeof error.hint === 'string') {
    // The message contains the hint for callers that print only the message.
    noteError(terminal, error.message.replace(error.hint, '').trimEnd().replace(/\.$/, ''), error.hint);
    return exitCodes.failed;
  }
  if (isOfUnexpectedForm(error)) {
    noteError(terminal, unexpectedForm.message, unexpectedForm.hint);
    if (!debug) terminal.note(dim('Run again with --debug for the stack trace.'));
    return exitCodes.failed;
  }
  noteError(terminal, error instanceof Error ? error.message : String(error));
  const isExpected = error instanceof SigningError || error instanceof ClientUsageError;
  if (!debug && !isExpected) terminal.note(dim('Run again with --debug for the stack trace.'));
  return exitCodes.failed;
}
