import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundle, operationsWithFunctions } from '../infra/bundling.ts';

/** One function, as it is deployed. */
export interface Weight {
  operation: string;
  /** The file with its handler. */
  file: string;
  /** KB of JavaScript that it can reach: what it imports, at once or on demand. */
  total: number;
  /** KB that importing the handler reads: what it imports statically, and what that does. */
  loaded: number;
  /** The packages that importing the handler reads. */
  packages: string[];
}

/** Bundles the functions into a folder, and weighs each. */
export function weigh(folder: string, types: readonly string[] = ['ecs']): Weight[] {
  mkdirSync(folder, { recursive: true });
  const { outputs } = bundle(types, folder);
  const kilobytes = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0) / 1024;
  return operationsWithFunctions().map((operation) => {
    const entry = Object.keys(outputs).find((path) => basename(path) === `${operation}.mjs`) ?? '';
    const loaded = reach(outputs, entry, ['import-statement']);
    return {
      operation,
      file: join(folder, `${operation}.mjs`),
      total: kilobytes(reach(outputs, entry, ['import-statement', 'dynamic-import'])),
      loaded: kilobytes(loaded),
      packages: packagesIn([...loaded].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}))),
    };
  });
}

/** A file, and everything that it comes to by imports of these kinds. */
function reach(outputs: Metafile['outputs'], path: string, kinds: readonly string[], seen = new Set<string>()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { kind, external, path: next } of outputs[path]?.imports ?? []) {
    if (kinds.includes(kind) && !external) reach(outputs, next, kinds, seen);
  }
  return seen;
}

function packagesIn(inputs: readonly string[]): string[] {
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}
