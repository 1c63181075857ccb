import type { Candidates, CommandDefinition, OptionDefinition } from './command.ts';
import { commands } from './commands.ts';
import { globalOptions } from './options.ts';

/** The candidates for the last word: fixed words, or a source to look up. */
export interface Completions {
  words: string[];
  lookUp?: Candidates;
}

/** Returns the candidates for the last of `words`, which are parsed as the command line would be. */
export function findCompletions(words: readonly string[]): Completions {
  const [last = ''] = words.slice(-1);
  const before = words.slice(0, -1);
  const { command, rest, group } = findCommand(before);
  const options = [...(command?.options ?? []), ...globalOptions];
  const open = openOption(before.at(-1), options);
  if (open) return open.completedBy ? { words: [], lookUp: open.completedBy } : { words: [] };
  if (last.startsWith('-')) return { words: [...options.flatMap(flagsOf), '--help'] };
  if (!command) return { words: namesAfter(group) };
  const given = positionals(rest, options).length;
  const definitions = command.arguments ?? [];
  const argument = definitions[given] ?? definitions.findLast(({ syntax }) => syntax.includes('...'));
  return argument?.completedBy ? { words: [], lookUp: argument.completedBy } : { words: [] };
}

function findCommand(words: readonly string[]): { command?: CommandDefinition; rest: string[]; group: string[] } {
  const [first, second, ...others] = positionals(words, globalOptions);
  const find = (name: string) => commands.find((command) => command.name === name && !command.hidden);
  const nested = second === undefined ? undefined : find(`${first} ${second}`);
  if (nested) return { command: nested, rest: others, group: [] };
  const single = first === undefined ? undefined : find(first);
  if (single) return { command: single, rest: words.slice(words.indexOf(single.name) + 1), group: [] };
  return { rest: [], group: first === undefined ? [] : [first] };
}

/** Returns the top-level verbs, or the subcommands of a group. */
function namesAfter([group]: readonly string[]): string[] {
  const visible = commands.filter(({ hidden }) => !hidden).map(({ name }) => name.split(' '));
  if (group === undefined) return [...new Set(visible.map(([first = '']) => first)), 'help'];
  return visible.flatMap(([first, second]) => (first === group && second !== undefined ? [second] : []));
}

/** Returns the option whose value comes after `word`. */
function openOption(word: string | undefined, options: readonly OptionDefinition[]): OptionDefinition | undefined {
  return options.find((option) => takesValue(option) && flagsOf(option).includes(word ?? ''));
}

function positionals(words: readonly string[], options: readonly OptionDefinition[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !openOption(words[index - 1], options));
}

function takesValue({ flags }: OptionDefinition): boolean {
  return flags.includes('<');
}

function flagsOf({ flags }: OptionDefinition): string[] {
  return flags.match(/--?[a-zA-Z][a-z-]*/g) ?? [];
}
