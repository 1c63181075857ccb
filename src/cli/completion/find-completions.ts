import type { Candidates, CommandDefinition, OptionDefinition } from '../command.ts';
import { commands, groups } from '../commands.ts';
import { globalOptions } from '../options.ts';

/** A word that a shell may offer, and what it stands for. */
export interface Candidate {
  word: string;
  about?: string;
}

/** The candidates for the last word: fixed ones, or a source to look up. */
export interface Completions {
  candidates: Candidate[];
  lookUp?: Candidates;
  /** The arguments before the last word, such as the tenant whose revisions are looked up. */
  given: string[];
}

/** Returns the candidates for the last of `words`, which are parsed as the command line would be. */
export function findCompletions(words: readonly string[]): Completions {
  const [last = ''] = words.slice(-1);
  const before = words.slice(0, -1);
  const { command, rest, group } = findCommand(before);
  const options = [...(command?.options ?? []), ...globalOptions];
  const given = command ? positionals(rest, options) : [];
  const from = (source: { completedBy?: Candidates } | undefined): Completions =>
    source?.completedBy ? { candidates: [], lookUp: source.completedBy, given } : { candidates: [], given };
  const open = openOption(before.at(-1), options);
  if (open) return from(open);
  if (last.startsWith('-')) return { candidates: flagsAmong(options), given };
  if (!command) return { candidates: namesAfter(group), given };
  const definitions = command.arguments ?? [];
  return from(definitions[given.length] ?? definitions.findLast(({ syntax }) => syntax.includes('...')));
}

function flagsAmong(options: readonly OptionDefinition[]): Candidate[] {
  const flags = options.flatMap((option) => flagsOf(option).map((word) => ({ word, about: option.summary })));
  return [...flags, { word: '--help', about: 'Print help' }];
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
function namesAfter([group]: readonly string[]): Candidate[] {
  const names = new Map<string, string>();
  for (const { name, summary, hidden } of commands as readonly CommandDefinition[]) {
    const [first = '', second] = name.split(' ');
    if (hidden) continue;
    if (group === undefined) names.set(first, groups[first] ?? summary);
    else if (first === group && second !== undefined) names.set(second, summary);
  }
  if (group === undefined) names.set('help', 'Print the help of a command');
  return [...names].map(([word, about]) => ({ word, about }));
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
