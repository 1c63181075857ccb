import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { descriptorMistakes, type ProviderDescriptor } from '../compute/descriptor/descriptor.ts';
import { messageOf } from '../compute/errors.ts';
import { closestName } from '../compute/spec/closest-name.ts';
import * as builtIn from './catalog.ts';
import { redirectOwnPackage } from './own-package.ts';

/*
 * From the `type` of a provider to its descriptor: a built-in name, the name of a package, or a path.
 *
 * Modules are loaded by `require`, which is synchronous, also for ES modules and, where Node strips types, for TypeScript.
 * The construct needs that, because constructors cannot wait. It costs a module the top-level `await`.
 *
 * The bundler of the functions replaces this file by one that has only the types of the installation
 * (`infra/bundle/provider-plugin.ts`). It has the same exports.
 */

/** The built-in descriptors by their types, which are the names of their folders. */
export const builtInTypes: Readonly<Record<string, ProviderDescriptor>> = Object.fromEntries(
  Object.values(builtIn)
    .filter((exported) => typeof exported === 'object')
    .map((descriptor) => [descriptor.type, descriptor]),
);

/** A descriptor, or why there is none. `isChecked`: the deployment has checked the settings with the schema. */
export type LoadedType =
  | { descriptor: ProviderDescriptor; isChecked?: boolean; mistake?: undefined }
  | { descriptor?: undefined; isChecked?: undefined; mistake: string };

/** Returns true for a type that Berth has built in. */
export function isBuiltIn(type: string): boolean {
  return Object.hasOwn(builtInTypes, type);
}

/** Returns why there is no module for a type, or undefined if there is one. Loads nothing. */
export function typeMistake(type: string, from: string = process.cwd()): string | undefined {
  return isBuiltIn(type) ? undefined : moduleOf(type, from).mistake;
}

/** Returns the descriptor of a type. Paths and packages are resolved from the folder `from`. */
export function loadType(type: string, from: string = process.cwd()): LoadedType {
  const own = isBuiltIn(type) ? builtInTypes[type] : undefined;
  if (own) return { descriptor: own };
  const found = moduleOf(type, from);
  if (found.mistake !== undefined) return { mistake: found.mistake };
  redirectOwnPackage();
  let loaded: unknown;
  try {
    loaded = createRequire(found.file)(found.file);
  } catch (error) {
    return { mistake: `the module ${type} cannot be imported: ${reasonOf(error)}` };
  }
  return descriptorIn(loaded, type);
}

type FoundModule = { file: string; mistake?: undefined } | { file?: undefined; mistake: string };

/** Returns the file of the module that a type names, without loading it. */
export function moduleOf(type: string, from: string): FoundModule {
  if (isPath(type)) {
    const file = resolve(from, type);
    return existsSync(file) ? { file } : { mistake: `there is no file ${file}, which type ${type} names` };
  }
  if (!PACKAGE.test(type)) return { mistake: unknownType(type) };
  const require = createRequire(join(from, 'package.json'));
  try {
    const file = require.resolve(type);
    return isAbsolute(file) ? { file } : { mistake: unknownType(type) }; // a module of Node is none
  } catch (error) {
    const file = importedFile(type, require.resolve.paths(type) ?? []);
    if (file) return { file };
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') return { mistake: messageOf(error) };
  }
  // The name of a package is repeated only if it can be no password: its scope ends with a slash.
  return { mistake: type.includes('/') ? `the package ${type} is not installed in ${from}` : unknownType(type) };
}

function isPath(type: string): boolean {
  return /^(?:\.\.?)?\//.test(type);
}

/** https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name, and a path within the package. */
const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]{0,200}\/)?[a-z0-9~-][a-z0-9._~-]{0,200}(?:\/[A-Za-z0-9._~/-]{1,200})?$/;

/** Returns the file of a package that has an entry for `import` only, which `require.resolve` does not find. */
function importedFile(type: string, folders: readonly string[]): string | undefined {
  const parts = type.split('/');
  const name = parts.splice(0, type.startsWith('@') ? 2 : 1).join('/');
  const path = parts.map((part) => `/${part}`).join('');
  for (const folder of folders) {
    const manifest = join(folder, name, 'package.json');
    if (!existsSync(manifest)) continue;
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: unknown };
    const target = conditionOf(path === '' ? (entryOf(exports, '.') ?? exports) : entryOf(exports, `.${path}`));
    return target === undefined ? undefined : join(dirname(manifest), target);
  }
  return undefined;
}

function entryOf(exports: unknown, path: string): unknown {
  return typeof exports === 'object' && exports !== null ? (exports as Record<string, unknown>)[path] : undefined;
}

/** https://nodejs.org/api/packages.html#conditional-exports */
function conditionOf(target: unknown): string | undefined {
  if (typeof target === 'string' || target === undefined || target === null) return target ?? undefined;
  const known = ['node', 'import', 'module-sync', 'default'].map((condition) => entryOf(target, condition));
  return known.map(conditionOf).find((file) => file !== undefined);
}

function descriptorIn(loaded: unknown, type: string): LoadedType {
  const exported = (loaded ?? {}) as Record<string, unknown>;
  if (exported.provider === undefined) {
    return { mistake: `the module ${type} has no export provider. Add: export const provider = defineProvider({ … })` };
  }
  const mistakes = descriptorMistakes(exported.provider);
  if (mistakes.length > 0) return { mistake: `the export provider of ${type} is wrong: ${mistakes.join('; ')}` };
  const descriptor = exported.provider as ProviderDescriptor;
  if (!isBuiltIn(descriptor.type)) return { descriptor };
  return {
    mistake: `the module ${type} defines the type ${descriptor.type}, which Berth has built in. Rename it there`,
  };
}

function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') return 'it uses top-level await. Wait in create instead';
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return 'Node does not run TypeScript of packages. Publish JavaScript';
  }
  return messageOf(error).split('\n')[0] ?? '';
}

/** Does not repeat the type, which could be a password at the wrong place. */
function unknownType(type: string): string {
  const names = Object.keys(builtInTypes);
  const near = closestName(type, names);
  return (
    `type must be one of ${names.join(', ')}, the name of an installed package, or a path that begins with ./` +
    `${near === undefined ? '' : `. Did you mean ${near}?`}`
  );
}
