import { substitute } from '../import/interpolation.ts';

/** A mistake in an environment file. Its message quotes no value, which may be a secret. */
export interface EnvMistake {
  message: string;
  offset: number;
}

const STATEMENT = /[ \t\v\f\r]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*(?:([=:])[ \t]*|(?=\r?\n|$))/y;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/**
 * Reads an environment file as Compose does (docs.docker.com/reference/compose-file, "Syntax for environment files"): one
 * `NAME=value` on each line, an optional `export`, comments, single quotes for literal values, double quotes for escapes,
 * and quoted values over several lines. Unquoted and double-quoted values may name variables of `known` and of lines above.
 * A name without a value has the one in `known`.
 */
export function parseEnvFile(
  source: string,
  known: ReadonlyMap<string, string> = new Map(),
): { values: Map<string, string>; mistakes: EnvMistake[] } {
  const values = new Map<string, string>();
  const mistakes: EnvMistake[] = [];
  let at = source.startsWith('\ufeff') ? 1 : 0;
  while (at < source.length) {
    const end = endOfLine(source, at);
    const line = source.slice(at, end);
    if (/^\s*(?:#.*)?$/.test(line)) {
      at = end + 1;
      continue;
    }
    STATEMENT.lastIndex = at;
    const [head, name, sign] = STATEMENT.exec(source) ?? [];
    if (head === undefined || name === undefined) {
      mistakes.push({ message: 'not a variable: write NAME=value', offset: at + line.search(/\S/) });
      at = end + 1;
      continue;
    }
    const start = at + head.length;
    if (sign === undefined) {
      const inherited = known.get(name);
      if (inherited !== undefined) values.set(name, inherited);
      at = end + 1;
      continue;
    }
    const read = readValue(source, start, (text) => expand(text, values, known));
    if ('message' in read) mistakes.push({ message: read.message, offset: start });
    else values.set(name, read.value);
    at = endOfLine(source, read.end) + 1;
  }
  return { values, mistakes };
}

type ReadValue = { value: string; end: number } | { message: string; end: number };

function readValue(source: string, start: number, expand: (text: string) => string): ReadValue {
  const quote = source[start];
  if (quote !== '"' && quote !== "'") {
    const end = endOfLine(source, start);
    const text = source
      .slice(start, end)
      .replace(/(?:^|[ \t])#.*$/s, '')
      .trim();
    return { value: expand(text), end };
  }
  let close = start + 1;
  while (close < source.length && source[close] !== quote) close += source[close] === '\\' ? 2 : 1;
  if (close >= source.length) return { message: 'the quote is not closed', end: endOfLine(source, start) };
  const end = endOfLine(source, close);
  if (!/^\s*(?:#.*)?$/s.test(source.slice(close + 1, end))) {
    return { message: 'text after the closing quote; put a comment after a #', end };
  }
  const inner = source.slice(start + 1, close);
  if (quote === "'") return { value: inner.replaceAll("\\'", "'"), end: close };
  // An escaped dollar sign begins no variable.
  const parts = inner.split('\\$').map((part) => expand(withEscapes(part)));
  return { value: parts.join('$'), end: close };
}

function withEscapes(text: string): string {
  return text.replace(/\\([\\"nrtabfv])/g, (_, character: string) => ESCAPES[character] ?? character);
}

/** Replaces variables. One that is not set becomes empty, and a dollar sign that begins none is kept. */
function expand(text: string, values: ReadonlyMap<string, string>, known: ReadonlyMap<string, string>): string {
  return substitute(text, {
    lookup: (name) => values.get(name) ?? known.get(name),
    unset: () => {},
    invalid: () => {},
  });
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}
