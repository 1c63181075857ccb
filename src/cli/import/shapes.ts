import { type Fields, isFields, type Ledger, type Path } from './imported.ts';

/** The forms that a value of a file may have. `flag` and `number` may be written as text. */
export type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'list'
  | 'map'
  | 'text or list'
  | 'list or map'
  | 'text or map'
  | 'any';

const names: Record<Exclude<Shape, 'any'>, string> = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  list: 'a list',
  map: 'a map',
  'text or list': 'a text or a list',
  'list or map': 'a list or a map',
  'text or map': 'a text or a map',
};

/** Returns true for a value of that form. Refuses any other at its place, without quoting it: it may be a secret. */
export function checkShape(value: unknown, shape: Shape, at: Path, ledger: Ledger): boolean {
  if (shape === 'any' || hasShape(value, shape)) return true;
  ledger.refuse(at, `${String(at.at(-1))} must be ${names[shape]}, not ${describe(value)}`);
  return false;
}

function hasShape(value: unknown, shape: Exclude<Shape, 'any'>): boolean {
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  switch (shape) {
    case 'text':
      return isText;
    case 'number':
      return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
    case 'flag':
      return toFlag(value) !== undefined;
    case 'list':
      return Array.isArray(value);
    case 'map':
      return isFields(value);
    case 'text or list':
      return isText || Array.isArray(value);
    case 'list or map':
      return Array.isArray(value) || isFields(value);
    case 'text or map':
      return isText || isFields(value);
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** Reads a flag, also from a text that came out of a variable. Returns undefined for anything else. */
export function toFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (['true', 'yes', 'on', 'y', '1'].includes(text)) return true;
  return ['false', 'no', 'off', 'n', '0'].includes(text) ? false : undefined;
}

/** Returns the entries of a list as texts. Refuses entries that are maps, lists or empty. */
export function toTexts(list: readonly unknown[], at: Path, ledger: Ledger): string[] {
  return list.flatMap((entry, index) => {
    if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') return [String(entry)];
    ledger.refuse([...at, index], `an entry of ${String(at.at(-1))} must be a text, not ${describe(entry)}`);
    return [];
  });
}

/** Returns the map at a key, or an empty one. Refuses anything else there. */
export function fieldsAt(parent: Fields, key: string, at: Path, ledger: Ledger): Fields {
  const value = parent[key];
  if (value === undefined || value === null) return {};
  return checkShape(value, 'map', [...at, key], ledger) && isFields(value) ? value : {};
}
