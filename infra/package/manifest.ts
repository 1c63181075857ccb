/** What there is to know of a `package.json` here. */
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
 * The oldest Node that runs what is compiled: commander asks for it, and from there on CommonJS, which a CDK app in
 * TypeScript often is, can require modules like these. The clone's own range is about hosts, which bring a newer Node.
 */
const OLDEST_NODE = '>=22.12.0';

/** The construct bundles the functions with it at synthesis. */
const bundler = 'rolldown';

/** The package has the tree of the clone, so whatever is found by its way from a module is found in both. */
const shipped = ['src', 'functions', 'infra', 'test', 'docs', 'examples', 'CHANGELOG.md'];

/** A project has its own, and there may be only one of each: two copies of a construct library do not know each other's constructs. */
const constructLibraries = ['aws-cdk-lib', 'constructs'];

/** Of the project, too. The suite uses nothing that is new in it, and npm refuses to install beside one that is out of range. */
const testRunner = { vitest: '>=3' };

/** The manifest of what is shipped, from the clone's: what was `.ts` is compiled, and what an entry needs is a dependency. */
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
    dependencies: { ...dependencies, [bundler]: rangeOf(clone, bundler) },
    peerDependencies,
    // The core and the client need none of them.
    peerDependenciesMeta: Object.fromEntries(Object.keys(peerDependencies).map((peer) => [peer, { optional: true }])),
  };
}

/** `./src/index.ts` → its types and its code. Without a condition `import`, so that CommonJS finds it, too. */
function compiled(file: unknown): unknown {
  if (typeof file !== 'string' || !file.endsWith('.ts')) return file;
  const path = file.slice(0, -'.ts'.length);
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

function rangeOf({ devDependencies }: Manifest, name: string): string {
  const range = devDependencies[name];
  if (!range)
    throw new Error(`package.json has no devDependency ${name}. Say in infra/package/manifest.ts what is meant.`);
  return range;
}
