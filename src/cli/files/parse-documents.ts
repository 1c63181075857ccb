import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml';
import { type Document, findHidden, locateValue, positionOf } from './document.ts';
import type { Finding } from './finding.ts';
import type { SourceText } from './read-files.ts';

const MAX_DOCUMENTS = 1000;
/** Deeper than any specification may be. */
const MAX_DEPTH = 64;
/** Much deeper than any specification may be, and not deep enough to exhaust the stack of the parser. */
const MAX_BRACKETS = 512;
/** Whoever reads more than this stops reading. */
const MAX_MISTAKES = 20;
/** What aliases may stand for in all. A specification has at most 1,024 values. */
const MAX_ALIASES = 100;

/** Reads a text of YAML or JSON, of which JSON is a part. Answers every document, and everything that is wrong. */
export function parseDocuments(source: SourceText): { documents: Document[]; findings: Finding[] } {
  const lines = new LineCounter();
  const refuse = (message: string): { documents: Document[]; findings: Finding[] } => ({
    documents: [],
    findings: [{ source, position: { line: 1, column: 1, offset: 0 }, message }],
  });
  if (nestsTooDeep(source.text)) return refuse(`brackets nested deeper than ${MAX_BRACKETS} levels`);
  if ((source.text.match(/^---(?:\s|$)/gm)?.length ?? 0) > MAX_DOCUMENTS)
    return refuse(`more than ${MAX_DOCUMENTS} documents`);
  let parsed: YamlDocument.Parsed[];
  try {
    // Keys are compared below, because the parser compares each with each.
    const result = parseAllDocuments(source.text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
    });
    parsed = Array.isArray(result) ? result : [];
  } catch {
    return refuse('neither YAML nor JSON that can be read');
  }
  const full = parsed.filter(({ contents, errors }) => errors.length > 0 || !isEmpty(contents));
  const documents: Document[] = [];
  const findings: Finding[] = [];
  for (const [index, document] of full.entries()) {
    const hidden = findHidden(document.contents);
    // The parser says of one place what it would have been in several ways.
    const mistakes = [...document.errors, ...document.warnings]
      .slice(0, MAX_MISTAKES)
      .filter(({ pos }, index, all) => all.findIndex((other) => other.pos[0] === pos[0]) === index);
    const wrong = mistakes.map(({ message, pos }) => ({ message: toMessage(message), offset: pos[0] }));
    if (wrong.length === 0) wrong.push(...inspect(document.contents).slice(0, MAX_MISTAKES));
    const read = wrong.length > 0 ? undefined : toValue(document);
    if (read && 'message' in read) wrong.push({ message: read.message, offset: document.range[0] });
    for (const { message, offset } of wrong) {
      findings.push({ source, position: positionOf(offset, lines), message, hidden });
    }
    if (wrong.length > 0 || !read || !('value' in read)) continue;
    documents.push({
      source,
      index: index + 1,
      count: full.length,
      value: read.value,
      locate: (pointer) => positionOf(locateValue(document.contents, pointer, document.range[0]), lines),
      hidden,
    });
  }
  return { documents, findings };
}

/** Aliases that stand for each other multiply; whoever writes such a file wants to see how much memory there is. */
function toValue(document: YamlDocument.Parsed): { value: unknown } | { message: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (error instanceof ReferenceError) return { message: 'aliases stand for more than a specification may hold' };
    return { message: error instanceof Error ? error.message : 'cannot be read' };
  }
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

/**
 * What the parser says, without the text that it quotes: that may be all of the file, and a value that is nobody's business.
 * It lets the stack overflow, and makes a mistake of it.
 */
function toMessage(message: string): string {
  if (/call stack/.test(message)) return 'nested too deep';
  return message.replace(/(?: in YAML stream)?(?:: ".*|\n.*)$/s, '');
}

interface Mistake {
  message: string;
  offset: number;
}

/** What the parser lets through: keys that are there twice, keys that are no text, and depth. Without recursion. */
function inspect(root: unknown): Mistake[] {
  const mistakes: Mistake[] = [];
  const stack: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, depth } = next;
    if (isPair(node)) stack.push({ node: node.value, depth });
    if (!isMap(node) && !isSeq(node)) continue;
    if (depth > MAX_DEPTH) return [{ message: `nested deeper than ${MAX_DEPTH} levels`, offset: node.range?.[0] ?? 0 }];
    if (isMap(node)) mistakes.push(...mistakenKeys(node));
    for (const item of node.items) stack.push({ node: item, depth: depth + 1 });
  }
  return mistakes;
}

function mistakenKeys({ items, range }: YAMLMap): Mistake[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }): Mistake[] => {
    if (!isScalar(key)) return isAlias(key) ? [] : [{ message: 'a key must be a text', offset: range?.[0] ?? 0 }];
    const name = String(key.value);
    if (seen.has(name)) return [{ message: `the key ${name} is there twice`, offset: key.range?.[0] ?? 0 }];
    seen.add(name);
    return [];
  });
}

/** Looks for brackets that nest too deep before the parser does. Those within texts count too, which harms nobody. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length && depth <= MAX_BRACKETS; at++) {
    const character = text[at];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
  }
  return depth > MAX_BRACKETS;
}
