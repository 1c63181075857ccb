import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

const root = new URL('../../', import.meta.url);

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

export interface Import {
  /** A package (`zod`, `@middy/core`, `node:fs`), or the path of a file of ours from the root of the repository. */
  target: string;
  isOurs: boolean;
}

/** What the tests want to know of a file, read from its syntax tree. */
export interface Syntax {
  imports: Import[];
  hasDefaultExport: boolean;
  saysAny: boolean;
  readsEnvironment: boolean;
}

/** Every TypeScript file below these folders. A folder that does not exist has none. */
export function readSourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    filesBelow(folder)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') })),
  );
}

/** The folders directly below a folder, by name. */
export function foldersIn(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function filesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === 'node_modules' || entry.name.startsWith('cdk.out')) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(new URL(folder, root), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Reads a file with the parser of the test runner. Types count: an `import type` is an import. */
export function readSyntax({ path, text }: SourceFile): Syntax {
  const syntax: Syntax = { imports: [], hasDefaultExport: false, saysAny: false, readsEnvironment: false };
  for (const node of nodesOf(parseAst(text, { lang: 'ts' }))) {
    const source = sourceOf(node);
    if (source !== undefined) syntax.imports.push(toImport(path, source));
    if (node.type === 'ExportDefaultDeclaration' || isDefaultSpecifier(node)) syntax.hasDefaultExport = true;
    if (node.type === 'TSAnyKeyword') syntax.saysAny = true;
    if (isEnvironment(node, source)) syntax.readsEnvironment = true;
  }
  return syntax;
}

type Node = { type: string } & Record<string, unknown>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** A node and all below it. */
function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const inner of value) yield* nodesOf(inner);
  } else if (isNode(value)) {
    yield value;
    for (const inner of Object.values(value)) yield* nodesOf(inner);
  }
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** What an import or re-export, dynamic ones and types included, names as its source. */
function sourceOf(node: Node): string | undefined {
  if (!importing.has(node.type) || !isNode(node.source)) return undefined;
  const { value, quasis } = node.source;
  if (typeof value === 'string') return value;
  // Of a computed source the folder that it begins with counts; without one it is nothing that a rule allows.
  const [beginning] = Array.isArray(quasis) ? quasis : [];
  const folder = /^\..*\//s.exec(beginning?.value.cooked ?? '')?.[0] ?? '';
  return `${folder}(computed)`;
}

function toImport(from: string, source: string): Import {
  if (!source.startsWith('.')) return { target: source, isOurs: false };
  return { target: posix.join(posix.dirname(from), source), isOurs: true };
}

function isDefaultSpecifier({ type, exported }: Node): boolean {
  return type === 'ExportSpecifier' && isNode(exported) && exported.name === 'default';
}

/** `process.env`, `process['env']`, `const { env } = process`, and anything from `node:process`. */
function isEnvironment(node: Node, source: string | undefined): boolean {
  if (source === 'node:process' || source === 'process') return true;
  if (node.type === 'MemberExpression') return isNamed(node.object, 'process') && isNamed(node.property, 'env');
  if (node.type !== 'VariableDeclarator' || !isNamed(node.init, 'process') || !isNode(node.id)) return false;
  const properties: unknown = node.id.properties;
  return Array.isArray(properties) && properties.some((property: Node) => isNamed(property.key, 'env'));
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && (value.name === name || value.value === name);
}
