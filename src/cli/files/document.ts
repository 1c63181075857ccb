import { isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { SourceText } from './read-files.ts';

export interface Position {
  /** From 1. */
  line: number;
  column: number;
  /** Characters from the start of the file. */
  offset: number;
}

export type Locate = (pointer: string, part?: 'value' | 'key') => Position;

/** A document of a file, with the position of each pointer in the text. */
export interface Document {
  source: SourceText;
  /** Its position in the file, from 1, and the number of documents. */
  index: number;
  count: number;
  value: unknown;
  /** Returns the value with each number that would lose something, such as `022` or `0x1F`, as the text that was written. */
  asWritten(): unknown;
  /** Returns the position of the value or key at a pointer (RFC 6901), or of its nearest existing ancestor. */
  locate: Locate;
  /** Ranges of the text that must not be printed: values of environment variables. */
  hidden: readonly (readonly [start: number, end: number])[];
}

/** Keys whose values may be secrets, in specifications, Compose and Score files, and in shared parts such as `x-env`. */
const CONFIDENTIAL = /(?:^|[-_.])(?:env|environment|variables)(?:$|[-.])/i;

export function positionOf(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, offset };
}

/** Returns the offset of the key of a field, or of an entry of a list. */
export function locateKey(root: Node | null, pointer: string, start: number): number {
  let node: unknown = root;
  let offset = startOf(root) ?? start;
  for (const segment of pointer.split('/').slice(1).map(unescapeSegment)) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
      if (!pair) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)] ?? node.items.find((item) => isNamed(item, segment));
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

/** Returns the offset of a scalar value, else of its key. */
export function locateValue(root: Node | null, pointer: string, start: number): number {
  const found = resolve(root, pointer);
  return isScalar(found) ? (startOf(found) ?? locateKey(root, pointer, start)) : locateKey(root, pointer, start);
}

function resolve(root: unknown, pointer: string): unknown {
  let node = root;
  for (const segment of pointer.split('/').slice(1).map(unescapeSegment)) {
    if (isMap(node)) node = node.get(segment, true);
    else if (isSeq(node)) node = node.items[Number(segment)] ?? node.items.find((item) => isNamed(item, segment));
    else return undefined;
  }
  return node;
}

/** Returns true for a container with that name: pointers of plans use names instead of indexes. */
function isNamed(item: unknown, name: string): boolean {
  return isMap(item) && item.get('name') === name;
}

function startOf(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? node.range[0]
    : undefined;
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Returns the ranges of all values of environment variables. Iterative, because files may nest deeply. */
export function findHidden(root: unknown): [number, number][] {
  const hidden: [number, number][] = [];
  const stack: { node: unknown; confidential: boolean }[] = [{ node: root, confidential: false }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, confidential } = next;
    if (isMap(node) || isSeq(node)) {
      for (const item of node.items) stack.push({ node: item, confidential });
    } else if (isPair(node)) {
      const names = isScalar(node.key) && CONFIDENTIAL.test(String(node.key.value));
      stack.push({ node: node.value, confidential: confidential || names });
    } else if (confidential && isScalar(node) && node.range) hidden.push([node.range[0], node.range[1]]);
  }
  return hidden;
}
