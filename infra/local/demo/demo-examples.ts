import { readdir, readFile } from 'node:fs/promises';
import type { TenantComputeSpec } from '../../../src/client/index.ts';
import { CommandError } from '../command-line.ts';

const examples = new URL('../../../examples/', import.meta.url);

/** Reads the tenants of the demo: from `examples/` for the process provider, from a folder of its name for another. */
export async function readExamples(provider = 'process'): Promise<TenantComputeSpec[]> {
  const entries = await readdir(examples, { withFileTypes: true });
  const providers = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (provider !== 'process' && !providers.includes(provider)) {
    throw new CommandError(
      `There are no examples for ${provider}.\nChoose --provider ${['process', ...providers].join(' or ')}.`,
    );
  }
  const folder = provider === 'process' ? examples : new URL(`${provider}/`, examples);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, folder), 'utf8'))));
}
