import { isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { SourceText } from './read-files.ts';

export interface Position {
  /** From 1. */
  line: number;
  column: number;
  /** From the beginning of the file. */
  offset: number;
}

/** One document of a file, and how to find in the text what a pointer into it means. */
export interface Document {
  source: SourceText;
  /** Its place in the file, from 1, and how many there are. */
  index: number;
  count: number;
  value: unknown;
  /** Where a pointer (RFC 6901) leads; the nearest thing above it where it leads to nothing. */
  locate(pointer: string): Position;
  /** The parts of the text that are nobody's business: values of environment variables. */
  hidden: readonly (readonly [start: number, end: number])[];
}

/** Fields whose values may be secrets, in specifications, in files that can be imported, and where they share parts: `x-env`. */
const CONFIDENTIAL = /(?:^|[-_.])(?:env|environment|variables)(?:$|[-.])/i;

export function positionOf(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, offset };
}

/** The place in the text of what a pointer leads to: of its key where it is a field, of itself where it is an entry. */
function locateIn(root: Node | null, pointer: string, start: number): number {
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

/** Where the value stands, rather than its key: what is wrong is mostly the value. */
export function locateValue(root: Node | null, pointer: string, start: number): number {
  const found = resolve(root, pointer);
  return isScalar(found) ? (startOf(found) ?? locateIn(root, pointer, start)) : locateIn(root, pointer, start);
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

/** Pointers of Berth name containers by their name where a list may have changed its order. */
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

/** Finds the values of environment variables, wherever they stand. Without recursion: files may nest as they like. */
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
