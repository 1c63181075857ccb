import { parseAst } from 'vitest/node';
import type { SourceFile } from './source-files.ts';

type Node = { type: string; start: number } & Record<string, unknown>;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
/** Combinators that settle a promise whatever happens to it, so that it cannot be rejected without a handler. */
const HANDLERS = new Set(['catch', 'then', 'finally', 'allSettled']);

/**
 * Finds promises that are begun in one statement and awaited in a later one, after another await: if the other await fails,
 * or while it lasts, a rejection of the first has no handler, and Node ends the process. A promise is safe if it is awaited
 * with the next await, together with others (`Promise.all`), or if it has a handler from the beginning (`allSettled`,
 * `catch`). A promise that is passed on or returned is the concern of its receiver.
 * https://nodejs.org/api/process.html#event-unhandledrejection
 *
 * Returns `PATH:LINE NAME` for each.
 */
export function findFloatingPromises({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  for (const fn of nodesOf(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }))) {
    if (!FUNCTIONS.has(fn.type) && fn.type !== 'Program') continue;
    const own = [...ownNodesOf(fn.body)];
    const awaits = own.filter((each) => each.type === 'AwaitExpression' || each.await === true);
    for (const { name, start } of own.flatMap(beginningOf)) {
      const later = awaits.filter((each) => each.start > start).sort((a, b) => a.start - b.start);
      const [first] = later;
      const isAwaitedLater = later.some((each) => mentions(each.argument, name));
      if (!first || !isAwaitedLater || mentions(first.argument ?? first.right, name)) continue;
      found.push(`${path}:${text.slice(0, start).split('\n').length} ${name}`);
    }
  }
  return found;
}

/** Returns the variable that keeps a promise, or the list of promises to which one is pushed. */
function beginningOf(node: Node): { name: string; start: number }[] {
  const { start } = node;
  if (node.type === 'VariableDeclarator') {
    const name = nameOf(node.id);
    return name && isBegun(node.init) ? [{ name, start }] : [];
  }
  if (node.type !== 'CallExpression' || !isNode(node.callee) || nameOf(node.callee.property) !== 'push') return [];
  const name = nameOf(node.callee.object);
  return name && (node.arguments as unknown[]).some(isBegun) ? [{ name, start }] : [];
}

/** Returns true for a call that is neither awaited nor handled: it may be a promise that runs. */
function isBegun(init: unknown): boolean {
  if (!isNode(init) || init.type !== 'CallExpression' || !isNode(init.callee)) return false;
  const { callee } = init;
  return !(callee.type === 'MemberExpression' && HANDLERS.has(nameOf(callee.property) ?? ''));
}

/** Returns true if an expression awaits the promise itself: as it is, or among others of a list. */
function mentions(expression: unknown, name: string): boolean {
  if (!isNode(expression)) return false;
  if (nameOf(expression) === name) return true;
  if (expression.type !== 'CallExpression' || !isNode(expression.callee)) return false;
  const { callee } = expression;
  if (callee.type !== 'MemberExpression' || nameOf(callee.object) !== 'Promise') return false;
  return (expression.arguments as unknown[]).flatMap(elementsOf).some((each) => nameOf(each) === name);
}

/** Returns the elements of a list as it is written, and anything else as it is. */
function elementsOf(value: unknown): unknown[] {
  if (!isNode(value)) return [];
  if (value.type === 'SpreadElement') return elementsOf(value.argument);
  return value.type === 'ArrayExpression' ? (value.elements as unknown[]).flatMap(elementsOf) : [value];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined;
}

/** Yields a node and all its descendants. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const inner of value) yield* nodesOf(inner);
  else if (isNode(value)) {
    yield value;
    for (const inner of Object.values(value)) yield* nodesOf(inner);
  }
}

/** Yields the descendants of a function body that run with it, and not those of functions inside it. */
function* ownNodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const inner of value) yield* ownNodesOf(inner);
  else if (isNode(value) && !FUNCTIONS.has(value.type)) {
    yield value;
    for (const inner of Object.values(value)) yield* ownNodesOf(inner);
  }
}
