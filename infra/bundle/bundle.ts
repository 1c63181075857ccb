import { writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputChunk } from 'rolldown';
import { operationNames } from '../../functions/operations.ts';
import { entryName, findModules, providerPlugin } from './provider-plugin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Extension of the source files: `.ts` in a clone, `.js` in the package. */
const extension = extname(import.meta.url);

/** Optional native parts of dockerode's ssh2, which works without them. */
const NATIVE = /^cpu-features$|\.node$/;

/** Functions that read use it too. Without a group, it would be in the large file of those that change tenants. */
const VIEWS = /functions[\\/]runtime[\\/]http[\\/]record-views\.[jt]s$/;

const AWS_SDK = /node_modules[\\/](?:@aws-sdk|@aws-crypto|@smithy|tslib)[\\/]/;

/**
 * Bundles all functions into a folder and returns the files; `OPERATION.mjs` has the handler. Shared code exists once.
 * Code that is imported on demand, such as the AWS SDK, has files of its own, which a cold start does not read: a single
 * file, or CommonJS, would load everything. The bundle contains only the given provider types: each is an entry,
 * `provider-TYPE.mjs`, that functions which call providers load. Packages and paths are resolved from the folder `from`.
 */
export async function bundle(
  types: readonly string[],
  outdir: string,
  from: string = process.cwd(),
): Promise<OutputChunk[]> {
  const modules = findModules(types, from);
  const unresolved: string[] = [];
  const { output } = await build({
    cwd: root,
    plugins: [providerPlugin(modules)],
    input: Object.fromEntries([
      ...operationNames.map((name) => [name, join(root, 'functions', name + extension)]),
      ...modules.map((module) => [entryName(module), module.file]),
    ]),
    // Written below: source maps have paths relative to `dir`, and must not depend on where the bundle is written.
    write: false,
    platform: 'node',
    // CommonJS dependencies use it.
    transform: { target: 'node24', define: { __dirname: 'import.meta.dirname' } },
    tsconfig: false,
    // The ESM build of a package can be split and tree-shaken; most packages name it in "module".
    resolve: {
      mainFields: ['module', 'main'],
      alias: { 'node:crypto': join(root, `functions/runtime/setup/lazy-crypto${extension}`) },
    },
    external: NATIVE,
    logLevel: 'warn',
    onLog(_, { code, message }) {
      // The bundler would leave it to a function to fail.
      if (code === 'UNRESOLVED_IMPORT') unresolved.push(message);
    },
    output: {
      dir: join(root, 'out'),
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      minify: true,
      // For stack traces in logs (functions/runtime/telemetry/source-stack.ts), which need positions only.
      sourcemap: true,
      sourcemapExcludeSources: true,
      codeSplitting: {
        // Each file costs Node a third of a millisecond. Without groups, the bundler makes a file for every set of
        // functions and `import()`s with common code: some twenty for each function.
        groups: [
          { name: 'shared', tags: ['$initial'], minShareCount: Math.ceil(operationNames.length / 2), priority: 4 },
          { name: 'views', tags: ['$initial'], test: VIEWS, priority: 3 },
          { name: 'changes', tags: ['$initial'], minShareCount: Math.ceil(operationNames.length / 3), priority: 2 },
          { name: 'aws-sdk', test: AWS_SDK, minShareCount: 3, priority: 1 },
        ],
      },
    },
  });
  if (unresolved.length > 0) throw new Error(unresolved.join('\n'));
  for (const file of output) {
    writeFileSync(join(outdir, file.fileName), file.type === 'chunk' ? file.code : file.source);
  }
  return output.filter((file) => file.type === 'chunk');
}
