import { hash } from 'node:crypto';

/** Returns JSON with sorted keys, so that equal values have equal text. Omits undefined fields. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry) ?? 'null').join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of Object.keys(fields).sort()) {
    const text = canonicalJson(fields[key]);
    if (text !== undefined) members += `${members && ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${members}}`;
}

/** Tells whether two JSON values have the same canonical text, without writing it. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right)) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && equalLists(left, right);
  }
  let surplus = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    if (!Object.hasOwn(right, key) || !equalJson(left[key], right[key])) return false;
    surplus += 1;
  }
  for (const key in right) if (right[key] !== undefined) surplus -= 1;
  return surplus === 0;
}

function equalLists(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (const [index, entry] of left.entries()) if (!equalJson(entry ?? null, right[index] ?? null)) return false;
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Returns the content address of a JSON value: the first 128 bits of SHA-256 over its canonical text, in hexadecimal. */
export function hashJson(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex').slice(0, 32);
}
