import { parseAst } from 'vitest/node';
import { readSourceFiles, type SourceFile } from '../support/source-files.ts';

/** A regular expression in the source, and the first file that contains it. */
export interface Expression {
  source: string;
  flags: string;
  path: string;
}

/** Files whose expressions only read trusted text, with that text. */
const TRUSTED: Readonly<Record<string, string>> = {
  'infra/bundle/bundle-console.ts': 'the style sheets of this repository',
  'src/cli/commands/dev.ts': 'the line that the local host prints when it is ready',
};

/** Returns every regular expression in the production code that may read untrusted text, each once. */
export function expressionsInUse(): Expression[] {
  const files = readSourceFiles(['src', 'functions', 'infra']);
  return expressionsIn(files.filter(({ path }) => !Object.hasOwn(TRUSTED, path)));
}

export function expressionsIn(files: readonly SourceFile[]): Expression[] {
  const found = files.flatMap(({ path, text }) =>
    [...literalsIn(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }))].map(({ pattern, flags }) => ({
      source: pattern,
      flags,
      path,
    })),
  );
  const once = new Map(found.toReversed().map((expression) => [nameOf(expression), expression]));
  return [...once.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Returns the files that compose expressions at run time, which this analysis cannot see. */
export function filesThatCompose(files: readonly SourceFile[] = readSourceFiles(['src', 'functions', 'infra'])) {
  return files.filter(({ text }) => /\bRegExp\s*\(/.test(text)).map(({ path }) => path);
}

/** Returns an expression as written, such as `/a+/i`. */
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
