import '../node-version.ts';
import '../first-process.ts';
import { LOCAL_ENDPOINT } from '../../../src/cli/endpoint.ts';
import { shownEndpoints } from '../../../src/cli/output/outcome.ts';
import { toPlainTable } from '../../../src/cli/terminal/table.ts';
import {
  type ComputeStatus,
  createClient,
  ProblemError,
  type TenantComputeSpec,
  WaitTimeoutError,
} from '../../../src/client/index.ts';
import { messageOf } from '../../../src/compute/errors.ts';
import {
  CommandError,
  commonFlags,
  print,
  readFlags,
  runCommand,
  toFrontDoorPort,
  toPort,
  untilSignal,
} from '../command-line.ts';
import { startLocalServer } from '../server.ts';
import { isForEvents, provisionByEvent } from './demo-events.ts';
import { readExamples } from './demo-examples.ts';
import {
  checkProvider,
  type Demo,
  destroy,
  exists,
  fetchPage,
  provision,
  untilEnded,
  untilHealthy,
} from './demo-tenants.ts';

const help = `Starts Berth on this machine and provisions the tenants in examples/: by HTTP, and one of them by an event.

Usage: npm run demo -- [options]

  --provider <name>   The provider of the tenants: process or docker. Default: process
  --once              Cleans up and ends as soon as every tenant was healthy, without waiting for Ctrl-C
  --port <number>     The port on 127.0.0.1; 0 finds a free one. Default: BERTH_PORT, or 8787
  --front-door-port <n>  The port on 127.0.0.1 of the tenants' stable addresses; 0 finds a free one, off goes without.
                      Default: BERTH_FRONT_DOOR_PORT, or 8788
  --data-dir <path>   The directory of the database and the logs. Default: BERTH_DATA_DIR, or .berth
  --token             Serves only callers that send a token: BERTH_TOKEN, or a new one in the file "token" of the
                      data directory. Setting BERTH_TOKEN does the same
  --help              Prints this text`;

async function main(): Promise<number> {
  const flags = readFlags({ ...commonFlags, once: { type: 'boolean' }, provider: { type: 'string' } });
  if (flags.help) {
    print(help);
    return 0;
  }
  const specs = await readExamples(flags.provider);
  const stopped = untilSignal();
  const interrupt = new AbortController();
  void stopped.then(() => interrupt.abort());
  const { port, token: isStrict, 'data-dir': dataDir, 'front-door-port': door } = flags;
  const frontDoorPort = toFrontDoorPort(door);
  const server = await startLocalServer({ port: toPort(port), frontDoorPort, dataDir, token: isStrict });
  const { url } = server;
  const token = server.token?.value;
  const client = createClient({ endpoint: url, token });
  const demo = { client, token, print };
  print(`Berth is listening on ${url}`);
  const made: TenantComputeSpec[] = [];
  let isClean = false;
  try {
    await show(specs, made, { ...demo, signal: interrupt.signal });
    if (!flags.once) {
      print('\nCtrl-C destroys the tenants of the demo and ends it.');
      await stopped;
    }
  } catch (error) {
    throw interrupt.signal.aborted ? new CommandError('The demo was interrupted.') : toCommandError(error);
  } finally {
    isClean = await cleanUp(made, { ...demo, signal: AbortSignal.timeout(60_000) });
    await server.close();
  }
  return isClean ? 0 : 1;
}

/** The known failures of the client, as sentences without a stack. */
function toCommandError(error: unknown): unknown {
  if (error instanceof ProblemError) return new CommandError(`${error.message}\n${error.hint}`);
  return error instanceof WaitTimeoutError ? new CommandError(error.message) : error;
}

async function cleanUp(made: readonly TenantComputeSpec[], demo: Demo): Promise<boolean> {
  demo.print('\nCleaning up:');
  if (made.length === 0) demo.print('  nothing: the demo provisioned no tenants');
  const results = await Promise.allSettled(made.map((spec) => destroy(spec, demo)));
  const failures = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failures) demo.print(`  ${messageOf(reason)}`);
  return failures.length === 0;
}

/** Runs the demo. Adds each tenant to `made` before it requests it, unless the tenant existed before. */
async function show(specs: readonly TenantComputeSpec[], made: TenantComputeSpec[], demo: Demo): Promise<void> {
  await checkProvider(specs, demo);
  print(`\nProvisioning ${specs.length} tenants:`);
  const startedAt = performance.now();
  const provisioning = specs.map(async (spec) => {
    const existed = await exists(spec, demo);
    demo.signal.throwIfAborted();
    if (!existed) made.push(spec);
    const operationId = await (isForEvents(spec) ? provisionByEvent : provision)(spec, demo);
    const status = await untilHealthy(spec, demo);
    await untilEnded(operationId, demo);
    return status;
  });
  // The cleanup must not begin while a tenant is still being provisioned.
  await Promise.allSettled(provisioning);
  const statuses = await Promise.all(provisioning);
  print(
    `\nAll tenants are healthy after ${((performance.now() - startedAt) / 1000).toFixed(1)} s. A page from a tenant:`,
  );
  const pages = await Promise.all(statuses.map((status) => fetchPage(status, demo)));
  if (pages.every((page) => page === undefined)) throw new CommandError('No tenant has an endpoint to fetch from.');
  print(`\n${describeTenants(statuses)}`);
  print(`\nTry next, in another terminal:\n${suggest(specs, demo.client.endpoint).join('\n')}`);
}

function describeTenants(statuses: readonly ComputeStatus[]): string {
  const rows = statuses.map(({ tenant_id, provider_type, state, health, endpoints }) => [
    tenant_id,
    provider_type,
    state,
    health,
    shownEndpoints(endpoints)
      .map(({ url, type, address, port }) => url ?? `${type}://${address}:${port}`)
      .join(' '),
  ]);
  return toPlainTable([['TENANT', 'PROVIDER', 'STATE', 'HEALTH', 'ENDPOINT'], ...rows]);
}

function suggest([first]: readonly TenantComputeSpec[], url: string): string[] {
  return [
    ...(url === LOCAL_ENDPOINT ? [] : [`  export BERTH_ENDPOINT=${url}`]),
    '  npx berth get tenants',
    `  npx berth describe ${first?.tenant_id}`,
    `  npx berth logs -f ${first?.tenant_id}`,
    '  npx berth activity',
    `or by HTTP, with ${url}/docs as the reference:`,
    `  curl ${url}/v1/tenants/${first?.tenant_id}/status`,
  ];
}

await runCommand(main);
