import { readdir, readFile } from 'node:fs/promises';
import type { TenantComputeSpec } from '../../../src/client/index.ts';
import { CommandError } from '../command-line.ts';

const examples = new URL('../../../examples/', import.meta.url);

/** Reads the tenants of the demo: from `examples/` for the process provider, from a folder of its name for another. */
export async function readExamples(provider = 'process'): Promise<TenantComputeSpec[]> {
  const entries = await readdir(examples, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const folders = new Map([
    ['process', examples],
    ...names.map((name): [string, URL] => [name, new URL(`${name}/`, examples)]),
  ]);
  const folder = folders.get(provider);
  const specs = folder ? await specsIn(folder) : [];
  if (specs.length > 0) return specs;
  const known = await Promise.all(
    [...folders].map(async ([name, url]) => ((await specsIn(url)).length > 0 ? name : [])),
  );
  throw new CommandError(`There are no examples for ${provider}.\nChoose --provider ${known.flat().join(' or ')}.`);
}

/** Returns the specifications among the JSON files of a folder, without `$schema`, which is for editors. */
async function specsIn(folder: URL): Promise<TenantComputeSpec[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const contents = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
  const specs = contents.map((text) => JSON.parse(text)).filter((content) => 'tenant_id' in content);
  return specs.map(({ $schema: _, ...spec }) => spec);
}
