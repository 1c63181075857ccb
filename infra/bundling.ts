import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';
import { providerTypes } from '../src/providers/catalog.ts';

const root = new URL('..', import.meta.url).pathname;

/**
 * A dependency in CommonJS that requires a module of Node's finds its `require` here. It is made when it is called, as
 * most functions never need it and making one takes half a millisecond for each file.
 */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = (id) => createRequire(import.meta.url)(id);";

/** What the optional, native parts of dockerode's ssh2 are; it does without them. */
const NATIVE = ['cpu-features', '*.node'];

export interface Bundle {
  /** The file in `functions/`. */
  operation: string;
  /** The types of provider that are configured: the others stay out. Default: all. */
  types?: readonly string[] | undefined;
}

/**
 * Bundles one function into a folder, in which `index.mjs` has the handler, and answers what went where. What is imported
 * lazily, such as the clients of the AWS SDK, gets files of its own, which a cold start does not read: CommonJS, and a
 * single file, would load them all. Names are kept, as errors are known by them in logs.
 */
export function bundle({ operation, types = Object.keys(providerTypes) }: Bundle, outdir: string): Metafile {
  const unused = Object.keys(providerTypes).filter((type) => !types.includes(type));
  const { metafile, outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: { index: `functions/${operation}.ts` },
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
    minify: true,
    keepNames: true,
    sourcemap: true,
    // Node reads the maps at a cold start: positions suffice, and are a third of the bytes.
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

/** The code of a function as an asset, bundled in this process: without a network, Docker, or a child process for each. */
export function functionCode(of: Bundle): Code {
  return Code.fromAsset(`${root}functions`, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused'),
      // Never run: it tells the bundles of one folder apart.
      command: [of.operation, ...(of.types ?? [])],
      local: {
        tryBundle(outdir) {
          bundle(of, outdir);
          return true;
        },
      },
    },
  });
}
