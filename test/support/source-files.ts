import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

const root = new URL('../../', import.meta.url);

export interface SourceFile {
  /** Relative to the root of the repository, with slashes. */
  path: string;
  text: string;
}

export interface Import {
  /** A package (`zod`, `@middy/core`, `node:fs`), or the path of a file relative to the root of the repository. */
  target: string;
  isOurs: boolean;
}

/** Facts about a file, from its syntax tree. */
export interface Syntax {
  imports: Import[];
  hasDefaultExport: boolean;
  saysAny: boolean;
  readsEnvironment: boolean;
}

/** Reads every TypeScript file below these folders. Missing folders have none. */
export function readSourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    filesBelow(folder)
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') })),
  );
}

/** Returns the names of the folders directly below a folder. */
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

const known = new WeakMap<SourceFile, Syntax>();

/** Returns the facts about a file, which is parsed once. An `import type` counts as an import. */
export function readSyntax(file: SourceFile): Syntax {
  const syntax = known.get(file) ?? parse(file);
  known.set(file, syntax);
  return syntax;
}

/** Parses a file with the parser of the test runner. */
function parse({ path, text }: SourceFile): Syntax {
  const syntax: Syntax = { imports: [], hasDefaultExport: false, saysAny: false, readsEnvironment: false };
  visit(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }), (node) => {
    const source = sourceOf(node);
    if (source !== undefined) syntax.imports.push(toImport(path, source));
    if (node.type === 'ExportDefaultDeclaration' || isDefaultSpecifier(node)) syntax.hasDefaultExport = true;
    if (node.type === 'TSAnyKeyword') syntax.saysAny = true;
    if (isEnvironment(node, source)) syntax.readsEnvironment = true;
  });
  return syntax;
}

type Node = { type: string } & Record<string, unknown>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** Calls a function with a node and all its descendants. A generator would take four times as long. */
function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const inner of value) visit(inner, see);
  } else if (isNode(value)) {
    see(value);
    for (const key in value) if (typeof value[key] === 'object') visit(value[key], see);
  }
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** Returns the source of an import or re-export, including dynamic ones and types. */
function sourceOf(node: Node): string | undefined {
  if (!importing.has(node.type) || !isNode(node.source)) return undefined;
  const { value, quasis } = node.source;
  if (typeof value === 'string') return value;
  // A computed source is represented by its folder. Without one, no rule allows it.
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

/** Returns true for `process.env`, `process['env']`, `const { env } = process`, and imports of `node:process`. */
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
