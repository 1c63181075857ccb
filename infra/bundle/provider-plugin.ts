import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, PluginContext } from 'rolldown';
import type { ProviderDescriptor } from '../../src/compute/descriptor/descriptor.ts';
import { ownEntry } from '../../src/providers/own-package.ts';
import { isBuiltIn, loadType, moduleOf } from '../../src/providers/provider-modules.ts';
import { stripDeploymentFields } from './strip-deployment-fields.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Extension of the source files: `.ts` in a clone, `.js` in the package. */
const extension = extname(import.meta.url);

/** The module that finds types at run time, and what replaces it. */
const FINDER = `/provider-modules${extension}`;
const TYPES = '\0berth:provider-types';

/** A client of AWS. Calls need permissions. */
const AWS_CLIENT = /[\\/]node_modules[\\/](?:(@aws-sdk[\\/]client-[a-z0-9-]+)|(aws-sdk))[\\/]/;

/** The module of a type of provider, as the bundler finds it. */
interface ProviderModule {
  type: string;
  file: string;
  descriptor: ProviderDescriptor;
}

/** Finds the modules of types. Throws an error that names each type without one. */
export function findModules(types: readonly string[], from: string): ProviderModule[] {
  const mistakes: string[] = [];
  const found = [...new Set(types)].flatMap((type) => {
    const { descriptor, mistake } = loadType(type, from);
    const file = isBuiltIn(type)
      ? join(root, 'src/providers', type, `descriptor${extension}`)
      : moduleOf(type, from).file;
    if (descriptor && file !== undefined) return [{ type, file, descriptor }];
    mistakes.push(mistake ?? `type ${type} has no module`);
    return [];
  });
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return found;
}

/** Returns the name of a type's entry in the bundle: `provider-ecs`, and for modules a name from their type. */
export function entryName({ descriptor }: ProviderModule): string {
  return `provider-${descriptor.type}`;
}

/**
 * Puts the given types of providers into the bundle, and nothing of the others. Each has a chunk of its own, which a
 * function loads if it calls providers. Modules from elsewhere share the one copy of Berth in the bundle.
 */
export function providerPlugin(modules: readonly ProviderModule[]): Plugin {
  return {
    name: 'berth-providers',
    resolveId(specifier, importer) {
      if (importer !== undefined && specifier.endsWith(FINDER)) return TYPES;
      return ownEntry(specifier);
    },
    load(id) {
      return id === TYPES ? finderOf(modules) : undefined;
    },
    transform: {
      filter: { code: 'defineProvider' },
      handler(code) {
        // As TypeScript, whose unused imports are dropped.
        return { code: stripDeploymentFields(code), moduleType: 'ts' };
      },
    },
    buildEnd(error) {
      if (error) return;
      for (const module of modules) {
        const client = awsClientOf(this, module.file);
        if (client !== undefined && module.descriptor.permissions === undefined) {
          throw new Error(
            `type ${module.type} uses ${client}, and its module declares no permissions. ` +
              'Declare those it needs in defineProvider, or permissions: [] if it needs none',
          );
        }
      }
    },
  };
}

/** Returns a module with the exports of `provider-modules.ts`, for the given types only. */
function finderOf(modules: readonly ProviderModule[]): string {
  const entries = modules.map(({ type, file, descriptor }) => {
    const isChecked = descriptor.configSchema !== undefined;
    return `${JSON.stringify(type)}: { load: () => import(${JSON.stringify(file)}), isChecked: ${isChecked} },`;
  });
  const known = modules.map(({ type }) => type).join(', ');
  return `
    const types = { ${entries.join('\n')} };
    export function isBuiltIn(type) {
      return Object.hasOwn(types, type);
    }
    export function typeMistake(type) {
      if (!isBuiltIn(type)) return ${JSON.stringify(`type must be one of ${known}, with which the functions were deployed`)};
    }
    export async function loadType(type) {
      const { load, isChecked } = types[type];
      return { descriptor: (await load()).provider, isChecked };
    }
  `;
}

/** Returns the first client of AWS that a module imports, directly or not. */
function awsClientOf(context: PluginContext, file: string): string | undefined {
  const seen = new Set<string>();
  const open = [file];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const [, client, whole] = AWS_CLIENT.exec(id) ?? [];
    if (client ?? whole) return client ?? whole;
    const { importedIds = [], dynamicallyImportedIds = [] } = context.getModuleInfo(id) ?? {};
    open.push(...importedIds, ...dynamicallyImportedIds);
  }
  return undefined;
}
