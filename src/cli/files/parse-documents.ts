import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type YAMLMap,
  type Document as YamlDocument,
} from 'yaml';
import { type Document, findHidden, locateKey, locateValue, positionOf } from './document.ts';
import type { Finding } from './finding.ts';
import type { SourceText } from './read-files.ts';

const MAX_DOCUMENTS = 1000;
/** Maximum depth of a document; specifications are far shallower. */
const MAX_DEPTH = 64;
/** Maximum depth of brackets, low enough to keep the parser from exhausting its stack. */
const MAX_BRACKETS = 512;
/** Number of mistakes reported for each document. */
const MAX_MISTAKES = 20;
/** Maximum number of values that aliases may expand to. A specification has at most 1,024 values. */
const MAX_ALIASES = 100;

/** Parses YAML or JSON. Returns the valid documents and a finding for each mistake. */
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
    // `inspect` finds duplicate keys; the parser needs quadratic time for it.
    const result = parseAllDocuments(source.text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
    });
    parsed = Array.isArray(result) ? result : [];
  } catch {
    return refuse('not valid YAML or JSON');
  }
  const full = parsed.filter(({ contents, errors }) => errors.length > 0 || !isEmpty(contents));
  const documents: Document[] = [];
  const findings: Finding[] = [];
  for (const [index, document] of full.entries()) {
    const hidden = findHidden(document.contents);
    // The parser reports several errors for one position; the first is enough.
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
      asWritten: () => asWritten(document),
      locate: (pointer, part = 'value') => {
        const find = part === 'key' ? locateKey : locateValue;
        return positionOf(find(document.contents, pointer, document.range[0]), lines);
      },
      hidden,
    });
  }
  return { documents, findings };
}

/** Converts a document into plain values. Refuses aliases that expand without bound. */
function toValue(document: YamlDocument.Parsed): { value: unknown } | { message: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    if (error instanceof ReferenceError)
      return { message: 'aliases expand to more values than a specification may hold' };
    return { message: error instanceof Error ? error.message : 'cannot be read' };
  }
}

/** Converts a document into plain values, in which numbers that are not written as JavaScript prints them stay texts. */
function asWritten(document: YamlDocument.Parsed): unknown {
  const texts = document.clone() as YamlDocument.Parsed;
  visit(texts, {
    Scalar(_, node) {
      if (typeof node.value !== 'number' || node.source === undefined || String(node.value) === node.source) return;
      node.value = node.source;
    },
  });
  return texts.toJS({ maxAliasCount: MAX_ALIASES });
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

/**
 * Returns the parser's message without the text that it quotes, which may contain secrets.
 * A stack overflow of the parser becomes a message about depth.
 */
function toMessage(message: string): string {
  if (/call stack/.test(message)) return 'nested too deep';
  return message.replace(/(?: in YAML stream)?(?:: ".*|\n.*)$/s, '');
}

interface Mistake {
  message: string;
  offset: number;
}

/** Finds what the parser accepts: duplicate keys, keys that are not text, and excessive depth. Iterative. */
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
    if (!isScalar(key)) return isAlias(key) ? [] : [{ message: 'a key must be text', offset: range?.[0] ?? 0 }];
    const name = String(key.value);
    if (seen.has(name)) return [{ message: `duplicate key: ${name}`, offset: key.range?.[0] ?? 0 }];
    seen.add(name);
    return [];
  });
}

/** Returns true if brackets nest too deep for the parser. Brackets within texts count too, which is harmless. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length && depth <= MAX_BRACKETS; at++) {
    const character = text[at];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
  }
  return depth > MAX_BRACKETS;
}
