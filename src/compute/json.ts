import { createHash } from 'node:crypto';
import { type Issue, toPointer } from './errors.ts';

/** Keys that a prototype could be reached through; refused at every depth, also in free-form maps. */
const POISONOUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export interface JsonLimits {
  /** Size of the value as JSON, in bytes of UTF-8. */
  maxBytes: number;
  /** How deep arrays and objects may nest. */
  maxDepth: number;
  /** How many entries an object may have. */
  maxKeys: number;
  /** How many values there may be in all: what is wrong with each of them takes time to say. */
  maxValues: number;
}

interface Node {
  value: unknown;
  key: PropertyKey;
  parent: Node | undefined;
  depth: number;
}

/**
 * Looks at any value before a schema does, without recursion, so that neither depth nor size can exhaust the stack or the clock:
 * what is not JSON, too large, too deep, not well-formed Unicode, or named to poison a prototype.
 * `fatal` tells that the value must not be looked at any further (it is too large, too deep or not JSON).
 */
export function inspectJson(root: unknown, limits: JsonLimits): { issues: Issue[]; fatal: boolean } {
  const issues: Issue[] = [];
  const tooLarge = { issues: [{ pointer: '', message: `larger than ${limits.maxBytes / 1024} KB` }], fatal: true };
  const tooMany = { issues: [{ pointer: '', message: `more than ${limits.maxValues} values` }], fatal: true };
  const stack: Node[] = [{ value: root, key: '', parent: undefined, depth: 0 }];
  let fatal = false;
  let values = 0;
  let bytes = 0; // a lower bound of the size, to stop early; the exact size is taken at the end
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { value, depth } = node;
    if (typeof value === 'string') {
      bytes += value.length + 2;
      if (!value.isWellFormed() || value.includes('\0')) {
        issues.push({ pointer: pointerTo(node), message: `${nameOf(node)} must be well-formed text without NUL` });
      }
    } else if (isContainer(value)) {
      if (depth === limits.maxDepth) {
        const message = `nested deeper than ${limits.maxDepth} levels`;
        return { issues: [{ pointer: pointerTo(node), message }], fatal: true };
      }
      const isArray = Array.isArray(value);
      const size = isArray ? value.length : Object.keys(value).length;
      if (size > limits.maxKeys && !isArray) {
        const message = `${nameOf(node)} must have at most ${limits.maxKeys} entries`;
        return { issues: [{ pointer: pointerTo(node), message }], fatal: true };
      }
      values += size;
      if (values > limits.maxValues) return tooMany;
      for (const key of Object.keys(value)) {
        bytes += isArray ? 1 : key.length + 3;
        const child = { value: value[key], key, parent: node, depth: depth + 1 };
        if (!isArray && POISONOUS_KEYS.has(key)) {
          issues.push({ pointer: pointerTo(child), message: `unknown field: ${key}` });
        }
        stack.push(child);
      }
    } else if (value !== undefined && value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
      fatal = true;
      issues.push({ pointer: pointerTo(node), message: `${nameOf(node)} must be JSON` });
    }
    if (bytes > limits.maxBytes) return tooLarge;
  }
  if (!fatal && Buffer.byteLength(JSON.stringify(root) ?? '') > limits.maxBytes) return tooLarge;
  return { issues, fatal };
}

/** Arrays and plain objects (of any realm). Dates, maps and the like look empty as JSON, and hide what they hold. */
function isContainer(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function pointerTo(node: Node): string {
  const path: PropertyKey[] = [];
  for (let at = node; at.parent; at = at.parent) path.unshift(at.key);
  return toPointer(path);
}

function nameOf(node: Node): string {
  return node.parent ? String(node.key) : 'specification';
}

/** JSON with the keys of every object sorted, so that equal values have equal text. Undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** A short content address of a JSON value: the first 128 bits of SHA-256 over its canonical text, in hexadecimal. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
}
