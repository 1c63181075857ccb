import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = new URL('../../', import.meta.url);

let isRedirected = false;

/**
 * Makes modules of providers import the Berth that runs them, as `berth/provider`, from wherever they are. A second copy,
 * such as that of a project beside a global installation, would have other classes of errors; and a file outside any
 * project would have none. Older versions of Node than 22.15 have no such hook; there, the usual resolution remains.
 */
export function redirectOwnPackage(): void {
  if (isRedirected) return;
  isRedirected = true;
  nodeModule.registerHooks?.({
    resolve(specifier, context, next) {
      const file = ownEntry(specifier);
      return file === undefined ? next(specifier, context) : next(pathToFileURL(file).href, context);
    },
  });
}

/** Returns the file of an entry of this package, such as `berth/provider`; undefined for every other specifier. */
export function ownEntry(specifier: string): string | undefined {
  const [, path] = /^berth(\/[a-z/-]+)?$/.exec(specifier) ?? [];
  if (path === undefined && specifier !== 'berth') return undefined;
  const target = entries()[`.${path ?? ''}`];
  const file = typeof target === 'string' ? target : target?.default;
  return file === undefined ? undefined : fileURLToPath(new URL(file, root));
}

let exported: Readonly<Record<string, string | { default?: string }>> | undefined;

function entries() {
  const manifest = new URL('package.json', root);
  exported ??= existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).exports : {};
  return exported ?? {};
}
