import { parseAst } from 'vitest/node';
import { readSourceFiles, type SourceFile } from '../support/source-files.ts';

/** A regular expression as the source has it, and the first file that does. */
export interface Expression {
  source: string;
  flags: string;
  path: string;
}

/** What only ever reads texts of our own, and so is in nobody's hands: by file, what texts those are. */
const OURS: Readonly<Record<string, string>> = {
  'src/cli/commands/dev.ts': 'what our own host prints when it is ready',
  'src/cli/docs/console-page.ts': 'our own pages',
};

/** Every regular expression that is written in the code that runs and may read what a stranger wrote, each once. */
export function expressionsInUse(): Expression[] {
  const files = readSourceFiles(['src', 'functions', 'infra']);
  return expressionsIn(files.filter(({ path }) => !Object.hasOwn(OURS, path)));
}

export function expressionsIn(files: readonly SourceFile[]): Expression[] {
  const found = files.flatMap(({ path, text }) =>
    [...literalsIn(parseAst(text, { lang: 'ts' }))].map(({ pattern, flags }) => ({ source: pattern, flags, path })),
  );
  const once = new Map(found.toReversed().map((expression) => [nameOf(expression), expression]));
  return [...once.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Files that make expressions of text while they run, which nobody can read from their source. */
export function filesThatCompose(files: readonly SourceFile[] = readSourceFiles(['src', 'functions', 'infra'])) {
  return files.filter(({ text }) => /\bRegExp\s*\(/.test(text)).map(({ path }) => path);
}

/** As it is written: `/a+/i`. */
export function nameOf({ source, flags }: Pick<Expression, 'source' | 'flags'>): string {
  return `/${source}/${flags}`;
}

interface Literal {
  pattern: string;
  flags: string;
}

function* literalsIn(value: unknown): Generator<Literal> {
  if (Array.isArray(value)) {
    for (const inner of value) yield* literalsIn(inner);
  } else if (typeof value === 'object' && value !== null) {
    if ('regex' in value && value.regex) yield value.regex as Literal;
    for (const inner of Object.values(value)) yield* literalsIn(inner);
  }
}
