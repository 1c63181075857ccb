import { join } from 'node:path';
import type { OutputChunk } from 'rolldown';
import { type OperationName, operationNames } from '../functions/operations.ts';

/** One function, as it is deployed. */
export interface Weight {
  operation: OperationName;
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

/** Weighs each function of a bundle that was written to a folder. */
export function weigh(bundled: readonly OutputChunk[], folder: string): Weight[] {
  const chunks = byName(bundled);
  return operationNames.map((operation) => {
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

/** The packages that importing a module of the source reads, where it is imported on demand. */
export function packagesReadBy(module: string, bundled: readonly OutputChunk[]): string[] {
  const chunk = bundled.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/${module}`));
  if (!chunk) throw new Error(`${module} has no file of its own in the bundle`);
  const loaded = reach(byName(bundled), chunk.fileName, ({ imports }) => imports);
  return packagesIn([...loaded].flatMap(({ moduleIds }) => moduleIds));
}

function byName(bundled: readonly OutputChunk[]): Map<string, OutputChunk> {
  return new Map(bundled.map((chunk) => [chunk.fileName, chunk]));
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
