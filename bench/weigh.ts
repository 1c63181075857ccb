import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputChunk } from 'rolldown';
import { bundle, operationsWithFunctions } from '../infra/bundle/bundle.ts';

/** One function, as it is deployed. */
export interface Weight {
  operation: string;
  /** The file with its handler. */
  file: string;
  /** KB of JavaScript that it can reach: what it imports, at once or on demand. */
  total: number;
  /** KB that importing the handler reads: what it imports statically, and what that does. */
  loaded: number;
  /** How many files these are. */
  files: number;
  /** The packages that importing the handler reads. */
  packages: string[];
}

/** Bundles the functions into a folder, and weighs each. */
export async function weigh(folder: string, types: readonly string[] = ['ecs']): Promise<Weight[]> {
  mkdirSync(folder, { recursive: true });
  const chunks = new Map((await bundle(types, folder)).map((chunk) => [chunk.fileName, chunk]));
  return operationsWithFunctions().map((operation) => {
    const entry = `${operation}.mjs`;
    const loaded = reach(chunks, entry, ({ imports }) => imports);
    return {
      operation,
      file: join(folder, entry),
      total: kilobytes(reach(chunks, entry, ({ imports, dynamicImports }) => [...imports, ...dynamicImports])),
      loaded: kilobytes(loaded),
      files: loaded.size,
      packages: packagesIn([...loaded].flatMap(({ moduleIds }) => moduleIds)),
    };
  });
}

/** A file, and everything that it comes to by such imports. */
function reach(
  chunks: ReadonlyMap<string, OutputChunk>,
  name: string,
  importsOf: (chunk: OutputChunk) => readonly string[],
  seen = new Set<OutputChunk>(),
): Set<OutputChunk> {
  const chunk = chunks.get(name);
  // What Node brings is no file of the bundle.
  if (!chunk || seen.has(chunk)) return seen;
  seen.add(chunk);
  for (const next of importsOf(chunk)) reach(chunks, next, importsOf, seen);
  return seen;
}

function kilobytes(chunks: Iterable<OutputChunk>): number {
  return [...chunks].reduce((sum, { code }) => sum + Buffer.byteLength(code), 0) / 1024;
}

function packagesIn(modules: readonly string[]): string[] {
  const names = modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
