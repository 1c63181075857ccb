import { join } from 'node:path';
import type { OutputChunk } from 'rolldown';
import { type OperationName, operationNames } from '../functions/operations.ts';

/** The sizes of one bundled function. */
export interface Weight {
  operation: OperationName;
  /** The file with its handler. */
  file: string;
  /** KB of JavaScript that it can load, including files imported on demand. */
  total: number;
  /** KB that a cold import of the handler loads: the files that it imports statically, directly or not. */
  loaded: number;
  /** The number of files in `loaded`. */
  files: number;
  /** The packages in `loaded`. */
  packages: string[];
}

/** Returns the sizes of each function of a bundle that was written to a folder. */
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

/** Returns the packages that the import of a source module loads, for a module that is imported on demand. */
export function packagesReadBy(module: string, bundled: readonly OutputChunk[]): string[] {
  const chunk = bundled.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/${module}`));
  if (!chunk) throw new Error(`${module} has no file in the bundle. Import it on demand`);
  const loaded = reach(byName(bundled), chunk.fileName, ({ imports }) => imports);
  return packagesIn([...loaded].flatMap(({ moduleIds }) => moduleIds));
}

function byName(bundled: readonly OutputChunk[]): Map<string, OutputChunk> {
  return new Map(bundled.map((chunk) => [chunk.fileName, chunk]));
}

/** Returns a file and all files that it reaches by the given kind of imports. */
function reach(
  chunks: ReadonlyMap<string, OutputChunk>,
  name: string,
  importsOf: (chunk: OutputChunk) => readonly string[],
  seen = new Set<OutputChunk>(),
): Set<OutputChunk> {
  const chunk = chunks.get(name);
  // A module of Node.js is not in the bundle.
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
