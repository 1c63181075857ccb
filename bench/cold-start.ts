import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { bundle } from '../infra/bundle/bundle.ts';
import { coldImports } from './cold-import.ts';
import type { Ratio } from './harness.ts';

const ROUNDS = 15;
const root = fileURLToPath(new URL('..', import.meta.url));

/** The modules that a function loads to provision on ECS: handler, provider, and the clients of DynamoDB and ECS. */
const modules = [
  'functions/provision-tenant.ts',
  'src/providers/ecs/provider.ts',
  'src/tenants/store/dynamodb-sdk.ts',
  'src/providers/ecs/api/sdk.ts',
];

/** Compares cold imports with an empty handler, with the libraries alone, and with one file that contains everything. */
export async function measureColdStarts(): Promise<Ratio[]> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  try {
    const reading = join(folder, 'list-providers.mjs');
    const files = [reading, await writeLibraries(folder), await writeSplit(folder), await writeNaive(folder)];
    const [read = Number.NaN, libraries = Number.NaN, split = Number.NaN, naive = Number.NaN] = coldImports(files, {
      folder,
      rounds: ROUNDS,
    });
    return [
      { name: 'cold import of list-providers', floor: 'an empty handler', ratio: read, goal: 1.2 },
      { name: 'cold import of list-providers', floor: 'middy and Powertools alone', ratio: read / libraries },
      {
        name: 'cold import of provision-tenant with provider and clients, beyond an empty handler',
        floor: 'one file with everything, beyond an empty handler',
        ratio: (split - 1) / (naive - 1),
        goal: 0.55,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the modules as they are deployed, and a file that imports them. */
async function writeSplit(folder: string): Promise<string> {
  const chunks = await bundle(['ecs'], folder);
  const parts = modules.map((module) => chunks.find(({ facadeModuleId }) => facadeModuleId === join(root, module)));
  const file = join(folder, 'split.mjs');
  writeFileSync(file, parts.map((part) => `await import('./${part?.fileName}');\n`).join(''));
  return file;
}

/** Writes one file with only the libraries of every function. */
async function writeLibraries(folder: string): Promise<string> {
  const file = join(folder, 'libraries.mjs');
  const alias = { 'node:crypto': join(root, 'functions/runtime/setup/lazy-crypto.ts') };
  const input = join(root, 'bench/libraries-only.ts');
  await build({ input, platform: 'node', resolve: { alias }, output: { file, format: 'esm', minify: true } });
  return file;
}

/** Writes one file with all modules, as a bundler without guidance does. */
async function writeNaive(folder: string): Promise<string> {
  const file = join(folder, 'naive.mjs');
  const entry = join(folder, 'naive.ts');
  const imports = modules.map((module, index) => `export * as part${index} from '${join(root, module)}';\n`);
  writeFileSync(entry, imports.join(''));
  const external = ['cpu-features', /\.node$/, /^\.\/(?:docker|process|memory)\//];
  const output = { file, format: 'esm', minify: true, codeSplitting: false } as const;
  await build({ input: entry, platform: 'node', external, logLevel: 'silent', output });
  return file;
}
