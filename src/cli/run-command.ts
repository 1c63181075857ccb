import { CommanderError } from 'commander';
import { commandLoaders } from './command-loaders.ts';
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram, type ParsedCommand } from './program.ts';
import { type GlobalOptions, type Host, openSession } from './session.ts';
import { openTerminal } from './terminal/terminal.ts';

const defaults: GlobalOptions = { output: 'table', color: true };

/** Parses a command line and runs the command. Returns the exit code; never throws. */
export async function runCommand(words: readonly string[], host: Host, version: string): Promise<number> {
  const interrupt = new AbortController();
  const stopListening = host.onInterrupt(() => interrupt.abort());
  let chosen: ParsedCommand | undefined;
  try {
    const { stdout, stderr } = host;
    const program = createProgram({
      version,
      write: (text) => void stdout.write(text),
      writeError: (text) => void stderr.write(text),
      columns: stdout.isTTY ? stdout.columns : undefined,
      first: words[0],
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
    const { run } = await commandLoaders[chosen.name]();
    return await run(openSession(host, chosen.options, interrupt.signal), chosen);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    // A group without a subcommand prints its help.
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

/** Returns the name of the command that the words begin with. */
function nameOfCommand(words: readonly string[]): string | undefined {
  const text = words.filter((word) => !word.startsWith('-')).join(' ');
  return commands.map(({ name }) => name).find((name) => text === name || text.startsWith(`${name} `));
}
