import { readdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputChunk } from 'rolldown';
import { providerTypes } from '../../src/providers/catalog.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Of the files that it bundles as of its own: `.ts` in a clone, `.js` in the package. */
const extension = extname(import.meta.url);

/** What the optional, native parts of dockerode's ssh2 are; it does without them. */
const NATIVE = /^cpu-features$|\.node$/;

const AWS_SDK = /node_modules[\\/](?:@aws-sdk|@aws-crypto|@smithy|tslib)[\\/]/;

/** The operations that have a function: the files in `functions/`, of which `routes.ts` is data. */
export function operationsWithFunctions(): string[] {
  const files = readdirSync(join(root, 'functions')).filter((name) => extname(name) === extension);
  return files.map((name) => basename(name, extension)).filter((name) => name !== 'routes');
}

/**
 * Bundles the functions into a folder, in which `OPERATION.mjs` has the handler, and answers the files. What they share is
 * there once, and what is imported on demand, such as the clients of the AWS SDK, has files of its own, which a cold start
 * does not read: CommonJS, and a single file, would load them all. Only the providers of the given types are in it.
 */
export async function bundle(types: readonly string[], outdir: string): Promise<OutputChunk[]> {
  const unused = Object.keys(providerTypes).filter((type) => !types.includes(type));
  const operations = operationsWithFunctions();
  const { output } = await build({
    cwd: root,
    input: Object.fromEntries(operations.map((name) => [name, join(root, 'functions', name + extension)])),
    // Written elsewhere: maps name sources by their way from here, and are to be the same wherever that is.
    write: false,
    platform: 'node',
    // Dependencies in CommonJS ask for it.
    transform: { target: 'node24', define: { __dirname: 'import.meta.dirname' } },
    tsconfig: false,
    // The ESM build of a package can be split and shaken; most name it as "module".
    resolve: {
      mainFields: ['module', 'main'],
      alias: { 'node:crypto': join(root, `functions/runtime/setup/lazy-crypto${extension}`) },
    },
    // Providers by the beginning that the catalog writes.
    external: (id) => NATIVE.test(id) || unused.some((type) => id.startsWith(`./${type}/`)),
    logLevel: 'silent',
    output: {
      dir: join(root, 'out'),
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      minify: true,
      // For the stacks in logs: functions/runtime/telemetry/source-stack.ts. Positions suffice.
      sourcemap: true,
      sourcemapExcludeSources: true,
      codeSplitting: {
        // Each file takes Node a third of a millisecond. Left to itself, the bundler makes one for every set of functions and
        // `import()`s that have something in common, some twenty for each function.
        groups: [
          { name: 'shared', tags: ['$initial'], minShareCount: Math.ceil(operations.length / 2), priority: 3 },
          { name: 'changes', tags: ['$initial'], minShareCount: Math.ceil(operations.length / 3), priority: 2 },
          { name: 'aws-sdk', test: AWS_SDK, minShareCount: 3, priority: 1 },
        ],
      },
    },
  });
  for (const file of output) {
    writeFileSync(join(outdir, file.fileName), file.type === 'chunk' ? file.code : file.source);
  }
  return output.filter((file) => file.type === 'chunk');
}
