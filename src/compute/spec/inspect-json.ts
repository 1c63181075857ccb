import { type Issue, toPointer } from '../errors.ts';

/** Tells whether a key gives access to a prototype. Such keys are refused at every depth, also in free-form maps. */
function isPoisonous(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

export interface JsonLimits {
  /** Size of the value as JSON, in bytes of UTF-8. */
  maxBytes: number;
  /** Deepest nesting of arrays and objects. */
  maxDepth: number;
  /** Most entries of an object. */
  maxKeys: number;
  /** Most values in all. It limits the number of issues, and so the time to report them. */
  maxValues: number;
}

interface JsonSize {
  values: number;
  /** Approximate size as JSON: the characters of texts and keys, without escapes. */
  bytes: number;
}

interface Inspection extends JsonSize {
  limits: JsonLimits;
  issues: Issue[];
  fatal: boolean;
  /** The keys from the root to the current value. */
  path: PropertyKey[];
}

/** Most bytes of a character (`\u0000`), and of a value that is no text (`-1.2345678901234567e-100,`). */
const MAX_CHARACTER = 6;
const MAX_SCALAR = 26;

/**
 * Inspects an untrusted value before a schema validates it. Reports what is not JSON, too large, too deep or not well-formed
 * Unicode, and keys that give access to a prototype. Stops at the limits, so that no value exhausts the stack or the CPU.
 * `fatal` means that the value must not be processed further: it is too large, too deep or not JSON.
 */
export function inspectJson(root: unknown, limits: JsonLimits): { issues: Issue[]; fatal: boolean } {
  const inspection = begin(limits);
  const stopped = inspect(root, inspection);
  if (stopped) return { issues: [stopped], fatal: true };
  const { issues, fatal } = inspection;
  if (!fatal && !isWithin(limits, root, inspection)) return { issues: [tooLarge(limits)], fatal: true };
  return { issues, fatal };
}

/** Tells whether a value of that approximate size is within the limits. Computes the exact size only if it matters. */
function isWithin({ maxBytes, maxValues }: JsonLimits, value: unknown, { bytes, values }: JsonSize): boolean {
  if (values > maxValues) return false;
  const mayBeTooLarge = bytes * MAX_CHARACTER + (values + 1) * MAX_SCALAR > maxBytes;
  return !mayBeTooLarge || Buffer.byteLength(JSON.stringify(value) ?? '') <= maxBytes;
}

/** Tells whether a text is well-formed Unicode without NUL, which few backends accept. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function begin(limits: JsonLimits): Inspection {
  return { limits, issues: [], fatal: false, path: [], values: 0, bytes: 0 };
}

/** Returns an issue if the inspection has to stop. */
function inspect(value: unknown, inspection: Inspection): Issue | undefined {
  const { limits } = inspection;
  if (typeof value === 'string') {
    inspection.bytes += value.length + 2;
    if (!isText(value)) report(inspection, 'must be well-formed text without NUL');
  } else if (isContainer(value)) {
    return Array.isArray(value) ? inspectArray(value, inspection) : inspectObject(value, inspection);
  } else if (value !== undefined && value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
    inspection.fatal = true;
    report(inspection, 'must be JSON');
  }
  return inspection.bytes > limits.maxBytes ? tooLarge(limits) : undefined;
}

function inspectArray(list: readonly unknown[], inspection: Inspection): Issue | undefined {
  const stopped = enter(list.length, inspection);
  if (stopped) return stopped;
  inspection.bytes += list.length;
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const found = inspectChild(index, list[index], inspection);
    if (found) return found;
  }
  return undefined;
}

function inspectObject(object: Readonly<Record<string, unknown>>, inspection: Inspection): Issue | undefined {
  const { limits, path, issues } = inspection;
  const keys = Object.keys(object);
  if (keys.length > limits.maxKeys && path.length < limits.maxDepth) {
    return issueAt(path, `${nameOf(path)} must have at most ${limits.maxKeys} entries`);
  }
  const stopped = enter(keys.length, inspection);
  if (stopped) return stopped;
  for (const key of keys) {
    inspection.bytes += key.length + 3;
    if (isPoisonous(key)) issues.push(issueAt([...path, key], `unknown field: ${key}`));
  }
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const key = keys[index] ?? '';
    const found = inspectChild(key, object[key], inspection);
    if (found) return found;
  }
  return undefined;
}

/** Counts the entries of a list or an object before they are inspected. Returns an issue if a limit is exceeded. */
function enter(size: number, inspection: Inspection): Issue | undefined {
  const { limits, path } = inspection;
  if (path.length === limits.maxDepth) return issueAt(path, `nested deeper than ${limits.maxDepth} levels`);
  inspection.values += size;
  return inspection.values > limits.maxValues ? issueAt([], `more than ${limits.maxValues} values`) : undefined;
}

function inspectChild(key: PropertyKey, value: unknown, inspection: Inspection): Issue | undefined {
  if (inspection.bytes > inspection.limits.maxBytes) return tooLarge(inspection.limits);
  inspection.path.push(key);
  const stopped = inspect(value, inspection);
  inspection.path.pop();
  return stopped;
}

/** Tells whether a value is an array or a plain object of any realm. As JSON, dates and maps would lose what they hold. */
function isContainer(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || Array.isArray(value) || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null;
}

function report({ issues, path }: Inspection, message: string): void {
  issues.push(issueAt(path, `${nameOf(path)} ${message}`));
}

function issueAt(path: readonly PropertyKey[], message: string): Issue {
  return { pointer: toPointer(path), message };
}

function nameOf(path: readonly PropertyKey[]): string {
  return String(path.at(-1) ?? 'specification');
}

function tooLarge({ maxBytes }: JsonLimits): Issue {
  return issueAt([], `larger than ${maxBytes / 1024} KB`);
}
