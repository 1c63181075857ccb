/** The fields of `package.json` that the package uses. */
export interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  type: string;
  engines: { node: string };
  bin?: Record<string, string>;
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/**
 * The oldest Node that runs the compiled code. commander requires it, and it is the first one whose CommonJS, which CDK
 * apps often use, can require ES modules. The range in the clone is that of build hosts, which install a newer Node.
 */
const OLDEST_NODE = '>=22.12.0';

/** The construct runs it at synthesis to bundle the functions. */
const bundler = 'rolldown';

/** The declarations of the package mention types of Node. Without them they do not compile. */
const typesOfNode = '@types/node';

/** The package has the tree of the clone, so paths relative to a module work in both. */
const shipped = ['src', 'functions', 'infra', 'test', 'docs', 'examples', 'CHANGELOG.md'];

/** Peer dependencies: two copies of a construct library do not recognize each other's constructs. */
const constructLibraries = ['aws-cdk-lib', 'constructs'];

/** A peer too. The conformance suite uses no recent feature, and npm refuses a project whose version is out of range. */
const testRunner = { vitest: '>=3' };

/** Derives the manifest of the package from that of the clone: entries are compiled, and needed packages are listed. */
export function packageManifest(clone: Manifest) {
  const { name, version, description, license, type, bin, dependencies } = clone;
  const libraries = Object.fromEntries(constructLibraries.map((library) => [library, rangeOf(clone, library)]));
  const peerDependencies = { ...libraries, ...testRunner };
  return {
    name,
    version,
    description,
    license,
    type,
    engines: { node: OLDEST_NODE },
    ...(bin && { bin }),
    files: shipped,
    exports: Object.fromEntries(Object.entries(clone.exports).map(([entry, file]) => [entry, compiled(file)])),
    dependencies: { ...dependencies, [bundler]: rangeOf(clone, bundler), [typesOfNode]: rangeOf(clone, typesOfNode) },
    peerDependencies,
    // The core and the client use none of them.
    peerDependenciesMeta: Object.fromEntries(Object.keys(peerDependencies).map((peer) => [peer, { optional: true }])),
  };
}

/** Packages that the client loads for the first request that it signs with Signature Version 4. */
const signers = ['@smithy/signature-v4', '@aws-crypto/sha256-js', '@aws-sdk/credential-providers'];

/** Derives the manifest of `berth-client`, whose files are those of `src/client`. */
export function clientManifest({ name, version, license, type, dependencies }: Manifest) {
  const pick = (names: readonly string[]) => Object.fromEntries(names.map((each) => [each, dependencies[each]]));
  return {
    name: `${name}-client`,
    version,
    description: 'The typed client of the HTTP API of Berth',
    license,
    type,
    engines: { node: OLDEST_NODE },
    files: ['**/*.js', '**/*.d.ts'],
    exports: { '.': compiled('./index.ts'), './package.json': './package.json' },
    dependencies: pick(['eventsource-parser', 'openapi-fetch']),
    peerDependencies: pick(signers),
    peerDependenciesMeta: Object.fromEntries(signers.map((signer) => [signer, { optional: true }])),
  };
}

/** Maps `./src/index.ts` to its types and its code. It has no condition `import`, so that CommonJS resolves it too. */
function compiled(file: unknown): unknown {
  if (typeof file !== 'string' || !file.endsWith('.ts')) return file;
  const path = file.slice(0, -'.ts'.length);
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

function rangeOf({ devDependencies }: Manifest, name: string): string {
  const range = devDependencies[name];
  if (!range)
    throw new Error(`package.json has no devDependency ${name}. Add it, or correct infra/package/manifest.ts.`);
  return range;
}
