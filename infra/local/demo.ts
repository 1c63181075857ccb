import './node-version.ts';
import { readdir, readFile } from 'node:fs/promises';
import type { ComputeStatus, TenantComputeSpec } from '../../src/index.ts';
import { commonFlags, print, readFlags, runCommand, toPort, untilSignal } from './command-line.ts';
import { type DemoClient, DemoError, destroy, fetchPage, provision, untilHealthy } from './demo-tenants.ts';
import { startLocalServer } from './server.ts';
import { toTable } from './table.ts';

const help = `Starts Berth on this machine and provisions the tenants in examples/ through its HTTP interface.

Usage: npm run demo -- [options]

  --once              Cleans up and ends when everything was healthy, instead of waiting for Ctrl-C
  --port <number>     The port on 127.0.0.1; 0 finds a free one. Default: BERTH_PORT, or 8787
  --data-dir <path>   Where tenants are kept. Default: BERTH_DATA_DIR, or .berth
  --help              Prints this`;

const examples = new URL('../../examples/', import.meta.url);

async function main(): Promise<number> {
  const flags = readFlags({ ...commonFlags, once: { type: 'boolean' } });
  if (flags.help) {
    print(help);
    return 0;
  }
  const specs = await readExamples();
  const stopped = untilSignal();
  const interrupt = new AbortController();
  void stopped.then(() => interrupt.abort(new DemoError('Interrupted.')));
  const server = await startLocalServer({ port: toPort(flags.port), dataDir: flags['data-dir'] });
  print(`Berth is listening on ${server.url}`);
  const client: DemoClient = { url: server.url, signal: interrupt.signal, print };
  const made: TenantComputeSpec[] = [];
  try {
    await show(specs, made, client);
    if (!flags.once) {
      print('\nCtrl-C destroys what the demo made, and ends it.');
      await stopped;
    }
    return 0;
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    print(`\n${error.message}`);
    return 1;
  } finally {
    print('\nCleaning up:');
    await Promise.all(made.map((spec) => destroy(spec, { ...client, signal: AbortSignal.timeout(60_000) })));
    if (made.length === 0) print('  nothing; every tenant was there before the demo');
    await server.close();
  }
}

/** The demonstration itself. What it provisions is added to `made` as soon as it may exist. */
async function show(specs: readonly TenantComputeSpec[], made: TenantComputeSpec[], client: DemoClient): Promise<void> {
  print(`\nProvisioning ${specs.length} tenants:`);
  const begun = performance.now();
  const statuses = await Promise.all(
    specs.map(async (spec) => {
      if ((await provision(spec, client)).made) made.push(spec);
      return untilHealthy(spec, client);
    }),
  );
  print(`\nAll are up after ${((performance.now() - begun) / 1000).toFixed(1)} s. A page from a tenant itself:`);
  const pages = await Promise.all(statuses.map((status) => fetchPage(status, client)));
  if (pages.every((page) => page === undefined)) throw new DemoError('No tenant has an endpoint to fetch a page from.');
  print(`\n${toTable([['TENANT', 'PROVIDER', 'STATE', 'HEALTH', 'ENDPOINT'], ...statuses.map(toRow)])}`);
  print(`\nTry next, in another terminal:\n${suggest(specs, client.url).join('\n')}`);
}

async function readExamples(): Promise<TenantComputeSpec[]> {
  const files = (await readdir(examples)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(new URL(file, examples), 'utf8'))));
}

function toRow({ tenant_id, provider_type, state, health, endpoints }: ComputeStatus): string[] {
  const addresses = endpoints.map(({ url, type, address, port }) => url ?? `${type}://${address}:${port}`);
  return [tenant_id, provider_type, state, health, addresses.join(' ') || '-'];
}

function suggest([first]: readonly TenantComputeSpec[], url: string): string[] {
  return [
    `  curl ${url}/v1/providers`,
    `  curl ${url}/v1/tenants/${first?.tenant_id}/status`,
    `  curl -i -X DELETE ${url}/v1/tenants/${first?.tenant_id}`,
  ];
}

await runCommand(main);
