import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleConsole } from '../bundle/bundle-console.ts';
import { bundleCli } from './bundle-cli.ts';
import { clientManifest, packageManifest } from './manifest.ts';

/** Files and folders that are copied unchanged. */
const copied = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'docs',
  'examples',
  'infra/local/http/pages',
  'src/cli/provider-template',
  'src/client/schema.d.ts',
];

/** Files of swagger-ui-dist that the package has a copy of, in `pages/swagger-ui`: see `host-pages.ts`. */
const ofSwaggerUi = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png', 'LICENSE', 'NOTICE'];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Compiles everything that the entries of the package reach. Returns false if the compiler reported errors. */
function compile(outDir: string): boolean {
  const typescript = fileURLToPath(import.meta.resolve('typescript/package.json'));
  const words = [join(typescript, '../bin/tsc'), '--project', join(root, 'infra/package'), '--outDir', outDir];
  const { status, error } = spawnSync(process.execPath, words, { stdio: 'inherit' });
  if (error) throw error;
  return status === 0;
}

const made = new Set(['node_modules', 'dist', 'cdk.out']);

/** Returns false for what the author of an example or of the template installed or built there. */
function isOfTheClone(path: string): boolean {
  const segments = relative(root, path).split(/[\\/]/);
  return !segments.some((name) => made.has(name));
}

/** Writes the folders that `npm pack` packs: `berth`, and `berth-client` with the client alone. */
async function makePackages(folder: string): Promise<void> {
  const berth = join(folder, 'berth');
  if (!compile(berth)) {
    process.exitCode = 1;
    return;
  }
  await bundleCli(berth);
  const clone = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = packageManifest(clone);
  for (const path of [...copied, ...Object.values(manifest.bin ?? {})]) {
    cpSync(join(root, path), join(berth, path), { recursive: true, filter: isOfTheClone });
  }
  for (const file of ofSwaggerUi) {
    const from = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
    cpSync(from, join(berth, 'infra/local/http/pages/swagger-ui', file));
  }
  for (const { path, content } of await bundleConsole()) {
    const target = join(berth, 'infra/local/http/pages/console', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  writeManifest(berth, manifest);
  const client = join(folder, 'berth-client');
  cpSync(join(berth, 'src/client'), client, { recursive: true });
  cpSync(join(root, 'infra/package/client.md'), join(client, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(client, 'LICENSE'));
  writeManifest(client, clientManifest(clone));
}

function writeManifest(folder: string, manifest: object): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const [given] = process.argv.slice(2);
if (given !== undefined && existsSync(given) && readdirSync(given).length > 0) {
  process.stderr.write(`${given} is not empty. Pass an empty folder, or none to replace dist/.\n`);
  process.exitCode = 1;
} else {
  const dist = join(root, 'dist');
  if (given === undefined) rmSync(dist, { recursive: true, force: true });
  await makePackages(given ?? dist);
}
