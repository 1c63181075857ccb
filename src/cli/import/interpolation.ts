import { isFields, type Ledger, type Path } from './imported.ts';

/** The value of a placeholder, or the reason why it has none. */
export type Filled = { text: string; lost?: string } | { refused: string };

/**
 * Replaces every placeholder `$NAME` and `${…}` in a value, at every depth, and `$$` by `$`.
 * The parser of the file bounds the depth.
 */
export function interpolate(value: unknown, path: Path, fill: (inner: string) => Filled, ledger: Ledger): unknown {
  if (typeof value === 'string') return fillIn(value, path, fill, ledger);
  if (Array.isArray(value)) return value.map((entry, index) => interpolate(entry, [...path, index], fill, ledger));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, interpolate(inner, [...path, key], fill, ledger)]),
  );
}

function fillIn(text: string, path: Path, fill: (inner: string) => Filled, ledger: Ledger): string {
  return text.replace(/\$(?:\$|\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$';
    const filled = fill(braced ?? bare ?? '');
    if ('refused' in filled) {
      ledger.refuse(path, filled.refused);
      return '';
    }
    if (filled.lost) ledger.lose(path, filled.lost);
    return filled.text;
  });
}
