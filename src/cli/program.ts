import { Command, Option } from 'commander';
import type { CommandDefinition, CommandOptions, Invocation, OptionDefinition } from './command.ts';
import { type CommandName, commands, groups } from './commands.ts';
import { globalOptions } from './options.ts';

/** A parsed command line. */
export type ParsedCommand = Invocation & { name: CommandName };

export interface ProgramOptions {
  version: string;
  write(text: string): void;
  writeError(text: string): void;
  choose(chosen: ParsedCommand): void;
  columns: number | undefined;
  /** The first word, if known: a command that it names is the only one that is built. */
  first: string | undefined;
}

const epilogue = `
Quick start (in a clone, run npx berth):
  berth dev                            in one terminal; then in another:
  berth apply -f examples/hello.yaml   provision a tenant with one container
  berth status hello                   show its address
  berth describe hello                 show its state and the reasons

Environment: BERTH_ENDPOINT, BERTH_CONTEXT, BERTH_TOKEN, BERTH_CONFIG, NO_COLOR, FORCE_COLOR (then COLUMNS too).
Exit codes: 0 done, 1 failed, 2 changes pending (plan), 3 timed out, 4 usage, 130 interrupted, 255 session ended (exec).`;

/** Builds the commander program. Runs nothing: the parsed command is passed to `choose`. */
export function createProgram({ version, write, writeError, choose, columns, first }: ProgramOptions): Command {
  const program = new Command('berth')
    .description('Provisions, updates and destroys the compute of each of your tenants.')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('Print the help of a command').helpGroup('Set up:'),
    )
    .usage('<command> [options]')
    .addHelpText('after', epilogue)
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, ...(columns !== undefined && { helpWidth: columns }) })
    .configureOutput({
      writeOut: write,
      writeErr: writeError,
      getOutHelpWidth: () => columns ?? 100,
      getErrHelpWidth: () => columns ?? 100,
      outputError: () => {}, // runCommand reports the thrown error
    });
  for (const option of globalOptions) program.addOption(toOption(option));
  const named = commands.filter(({ name }) => name.split(' ')[0] === first);
  for (const definition of named.length > 0 ? named : commands) addCommand(program, definition, choose);
  return program;
}

function addCommand(
  program: Command,
  definition: CommandDefinition & { name: CommandName },
  choose: (chosen: ParsedCommand) => void,
): void {
  const { name, summary, details, group, hidden = false } = definition;
  const [first = '', second] = name.split(' ');
  const parent = second === undefined ? program : parentOf(program, first, group);
  const command = parent
    .command(second ?? first, { hidden })
    .description(details ? `${summary}.\n\n${details}` : `${summary}.`)
    .summary(summary);
  // A group carries the heading for its subcommands.
  if (second === undefined && !hidden) command.helpGroup(`${group}:`);
  if (hidden) command.allowUnknownOption().helpOption(false);
  for (const argument of definition.arguments ?? []) command.argument(argument.syntax, argument.summary);
  for (const option of definition.options ?? []) command.addOption(toOption(option));
  const { examples = [] } = definition;
  if (examples.length > 0) {
    const lines = examples.map(([line, does]) => `  ${line}\n      ${does}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
  command.action((...given) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((word) => word !== undefined) as string[];
    choose({ args, options: command.optsWithGlobals<CommandOptions>(), name });
  });
}

function parentOf(program: Command, name: string, group: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  return (
    known ??
    program
      .command(name)
      .description(groups[name] ?? '')
      .usage('<command> [options]')
      .helpGroup(`${group}:`)
  );
}

function toOption(definition: OptionDefinition): Option {
  const { flags, summary, required = false, default: preset, parse, attribute } = definition;
  const option = new Option(flags, summary).makeOptionMandatory(required);
  if (attribute) option.attributeName = () => attribute;
  if (preset) option.default(preset.value, preset.shown);
  if (parse) option.argParser(parse);
  return option;
}
