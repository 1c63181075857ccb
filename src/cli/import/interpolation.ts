import { isFields, type Ledger, type Path } from './imported.ts';

/** A variable that has no value, in words for the user. */
export interface Unset {
  name: string;
  /** What stands after `?`. Undefined for a variable without an operator. */
  required?: string;
  /** What is used instead, by the operator. Undefined if nothing is. */
  instead?: 'default' | 'nothing';
}

export interface Substitution {
  lookup(name: string): string | undefined;
  unset(variable: Unset): void;
  /** Called for a dollar sign that begins no variable. */
  invalid(): void;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
/** Maximum nesting of `${A:-${B}}`. */
const MAX_NESTING = 16;

/**
 * Replaces `$NAME` and `${NAME}`, the operators `:-` `-` `:?` `?` `:+` `+`, which may contain variables again, and `$$`
 * by `$` (github.com/compose-spec/compose-spec, 12-interpolation.md).
 */
export function substitute(text: string, substitution: Substitution, depth = 0): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('$', at);
    if (next < 0) return result + text.slice(at);
    result += text.slice(at, next);
    const found = readVariable(text, next, substitution, depth);
    if (found) {
      result += found.value;
      at = found.end;
    } else {
      substitution.invalid();
      result += '$';
      at = next + 1;
    }
  }
  return result;
}

/** Reads the variable or the escaped dollar sign at `start`. Returns undefined for anything else. */
function readVariable(text: string, start: number, substitution: Substitution, depth: number) {
  if (text[start + 1] === '$') return { value: '$', end: start + 2 };
  if (text[start + 1] !== '{') {
    const name = matchAt(NAME, text, start + 1);
    return name === undefined ? undefined : { value: readValue(name, substitution), end: start + 1 + name.length };
  }
  const close = closingBrace(text, start);
  const name = matchAt(NAME, text, start + 2);
  if (close < 0 || name === undefined) return undefined;
  const after = start + 2 + name.length;
  if (after === close) return { value: readValue(name, substitution), end: close + 1 };
  const operator = matchAt(OPERATOR, text, after);
  if (operator === undefined || depth >= MAX_NESTING) return undefined;
  const word = text.slice(after + operator.length, close);
  return { value: apply(name, operator, word, substitution, depth), end: close + 1 };
}

function readValue(name: string, { lookup, unset }: Substitution): string {
  const value = lookup(name);
  if (value === undefined) unset({ name });
  return value ?? '';
}

function apply(name: string, operator: string, word: string, substitution: Substitution, depth: number): string {
  const value = substitution.lookup(name);
  const counts = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  const expand = () => substitute(word, substitution, depth + 1);
  if (operator.endsWith('+')) {
    if (counts) return expand();
    substitution.unset({ name, instead: 'nothing' });
    return '';
  }
  if (counts) return value ?? '';
  if (operator.endsWith('-')) {
    if (value === undefined) substitution.unset({ name, instead: 'default' });
    return expand();
  }
  substitution.unset({ name, required: expand() });
  return '';
}

/** Returns the offset of the brace that closes the one after `start`, or -1. */
function closingBrace(text: string, start: number): number {
  let open = 0;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('${', at)) {
      open++;
      at++;
    } else if (text[at] === '}' && --open === 0) return at;
  }
  return -1;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Replaces the texts in a value, at every depth. The parser of the file bounds the depth. */
export function mapTexts(value: unknown, path: Path, replace: (text: string, path: Path) => string): unknown {
  if (typeof value === 'string') return replace(value, path);
  if (Array.isArray(value)) return value.map((entry, index) => mapTexts(entry, [...path, index], replace));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]),
  );
}

/** Replaces the variables in a part of a Compose file. A tenant must not depend on the shell of the caller. */
export function interpolate(
  value: unknown,
  path: Path,
  variables: ReadonlyMap<string, string>,
  ledger: Ledger,
): unknown {
  return mapTexts(value, path, (text, at) =>
    substitute(text, {
      lookup: (name) => {
        if (variables.has(name)) ledger.conceal(at);
        return variables.get(name);
      },
      unset: (variable) => reportUnset(variable, at, ledger),
      invalid: () => ledger.refuse(at, 'a dollar sign that begins no variable; write $$ for a dollar sign'),
    }),
  );
}

function reportUnset({ name, required, instead }: Unset, at: Path, ledger: Ledger): void {
  const unread = `$${name} is not read from your shell`;
  if (instead === 'default') ledger.lose(at, `${unread}; its default is used`);
  else if (instead === 'nothing') ledger.lose(at, `${unread}; it counts as unset`);
  else if (required !== undefined) {
    ledger.refuse(at, `$${name} is required${required ? `: ${required}` : ''}; set it in .env or with --env-file`);
  } else {
    ledger.refuse(at, `${unread}; set it in .env or with --env-file, or write a default as in \${${name}:-value}`);
  }
}
