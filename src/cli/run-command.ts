import { CommanderError } from 'commander';
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { type Chosen, createProgram } from './program.ts';
import { type GlobalOptions, type Host, openSession } from './session.ts';
import { openTerminal } from './terminal/terminal.ts';

const defaults: GlobalOptions = { output: 'table', color: true };

/** Reads the words of a command line and does what they ask for. Answers the exit code, and never throws. */
export async function runCommand(words: readonly string[], host: Host, version: string): Promise<number> {
  const interrupt = new AbortController();
  const stopListening = host.onInterrupt(() => interrupt.abort());
  let chosen: Chosen | undefined;
  try {
    const { stdout, stderr } = host;
    const program = createProgram({
      version,
      write: (text) => void stdout.write(text),
      writeError: (text) => void stderr.write(text),
      columns: stdout.isTTY ? stdout.columns : undefined,
      choose: (invocation) => {
        chosen = invocation;
      },
    });
    if (words.length === 0) {
      program.outputHelp();
      return exitCodes.done;
    }
    program.parse(words, { from: 'user' });
    if (!chosen) return exitCodes.usage;
    const { run } = await chosen.load();
    return await run(openSession(host, chosen.options, interrupt.signal), chosen);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    // A group without a command: its help was printed, and says what there is.
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
    const options = chosen?.options ?? defaults;
    const { stdout, stderr, environment } = host;
    const terminal = openTerminal({ stdout, stderr, environment, color: options.color });
    const { reportError } = await import('./output/report-error.ts');
    return reportError(error, {
      terminal,
      debug: options.debug ?? words.includes('--debug'),
      interrupted: interrupt.signal.aborted,
      command: nameOfCommand(words),
    });
  } finally {
    stopListening();
  }
}

/** The command that was meant, as far as there is such a one. */
function nameOfCommand(words: readonly string[]): string | undefined {
  const said = words.filter((word) => !word.startsWith('-')).join(' ');
  return commands.map(({ name }) => name).find((name) => said === name || said.startsWith(`${name} `));
}
