import { readdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';
import { providerTypes } from '../src/providers/catalog.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Of the files that it bundles as of its own: `.ts` in a clone, `.js` in the package. */
const extension = extname(import.meta.url);

/**
 * A dependency in CommonJS that requires a module of Node's finds its `require` here. It is made when it is called, as
 * most functions never need it and making one takes half a millisecond for each file.
 */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = (id) => createRequire(import.meta.url)(id);";

/** What the optional, native parts of dockerode's ssh2 are; it does without them. */
const NATIVE = ['cpu-features', '*.node'];

/** The operations that have a function: the files in `functions/`, of which `routes.ts` is data. */
export function operationsWithFunctions(): string[] {
  const files = readdirSync(join(root, 'functions')).filter((name) => extname(name) === extension);
  return files.map((name) => basename(name, extension)).filter((name) => name !== 'routes');
}

/**
 * Bundles the functions into a folder, in which `OPERATION.mjs` has the handler, and answers what went where. What they
 * share is there once, and what is imported on demand, such as the clients of the AWS SDK, has files of its own, which a
 * cold start does not read: CommonJS, and a single file, would load them all. Only the providers of the given types are
 * in it.
 */
export function bundle(types: readonly string[], outdir: string): Metafile {
  const unused = Object.keys(providerTypes).filter((type) => !types.includes(type));
  const { metafile, outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: operationsWithFunctions().map((operation) => `functions/${operation}${extension}`),
    // Written elsewhere: maps name sources by their way from here, and are to be the same wherever that is.
    outdir: 'out',
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The ESM build of a package can be split and shaken; most name it as "module".
    mainFields: ['module', 'main'],
    alias: { 'node:crypto': `./functions/runtime/lazy-crypto${extension}` },
    minify: true,
    // For the stacks in logs: functions/runtime/source-stack.ts. Positions suffice.
    sourcemap: true,
    sourcesContent: false,
    banner: { js: REQUIRE },
    // By its beginning, as written in the catalog, so that no path of this machine gets into the bundle.
    external: [...NATIVE, ...unused.map((type) => `./${type}/*`)],
    metafile: true,
    logLevel: 'error',
  });
  for (const { path, contents } of outputFiles) writeFileSync(join(outdir, basename(path)), contents);
  return metafile;
}

/** The code of all functions as one asset, bundled in this process: without a network, Docker, or a child process. */
export function functionCode(types: readonly string[]): Code {
  return Code.fromAsset(join(root, 'functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is ever run; the command tells the bundles of one folder apart.
      image: DockerImage.fromRegistry('unused'),
      command: [...types],
      local: {
        tryBundle(outdir) {
          bundle(types, outdir);
          return true;
        },
      },
    },
  });
}
