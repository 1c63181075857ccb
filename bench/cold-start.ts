import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle } from '../infra/bundling.ts';
import { coldImports } from './cold-import.ts';
import type { Ratio } from './harness.ts';

const ROUNDS = 15;

/** What a function that provisions on ECS comes to load: its handler, and a client for each backend. */
const modules = ['functions/provision-tenant.ts', 'src/tenants/dynamodb-sdk.ts', 'src/providers/ecs/sdk.ts'];

/** Cold starts, beside an empty handler and beside everything in one file. */
export function measureColdStarts(): Ratio[] {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  try {
    const reading = join(folder, 'list-providers.mjs');
    const files = [reading, writeSplit(folder), writeNaive(folder)];
    const [read = Number.NaN, split = Number.NaN, naive = Number.NaN] = coldImports(files, { folder, rounds: ROUNDS });
    return [
      { name: 'cold import of list-providers', floor: 'an empty handler', ratio: read, goal: 1.2 },
      {
        name: 'cold import of provision-tenant and its clients, what it adds',
        floor: 'what one file with everything adds',
        ratio: (split - 1) / (naive - 1),
        goal: 0.55,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As it is deployed. */
function writeSplit(folder: string): string {
  const { outputs } = bundle(['ecs'], folder);
  const parts = modules.map(
    (module) => Object.keys(outputs).find((path) => outputs[path]?.entryPoint === module) ?? '',
  );
  const file = join(folder, 'split.mjs');
  writeFileSync(file, parts.map((path) => `await import('./${basename(path)}');\n`).join(''));
  return file;
}

/** As a bundler writes it that is told nothing. */
function writeNaive(folder: string): string {
  const file = join(folder, 'naive.cjs');
  const root = new URL('..', import.meta.url).pathname;
  const contents = modules.map((module, index) => `export * as part${index} from './${module}';\n`).join('');
  const external = ['cpu-features', '*.node', './docker/*', './process/*', './memory/*'];
  const stdin = { contents, resolveDir: root };
  buildSync({ stdin, outfile: file, bundle: true, minify: true, platform: 'node', target: 'node24', external });
  return file;
}
