import './node-version.ts';
import './first-process.ts';
import {
  commonFlags,
  print,
  readFlags,
  runCommand,
  toFrontDoorPort,
  toPort,
  toProviderTypes,
  untilSignal,
} from './command-line.ts';
import type { LocalServer } from './server.ts';

const help = `Starts the Berth control plane on this machine.

Usage: npm start -- [options]

  --port <number>     The port on 127.0.0.1; 0 finds a free one. Default: BERTH_PORT, or 8787
  --front-door-port <n>  The port on 127.0.0.1 of the tenants' stable addresses; 0 finds a free one, off goes without.
                      Default: BERTH_FRONT_DOOR_PORT, or 8788
  --data-dir <path>   The directory of the database and the logs. Default: BERTH_DATA_DIR, or .berth
  --provider <x=type> Adds a provider x of a type: a built-in one, a package, or a path that begins with ./; repeatable
  --token             Serves only callers that send a token: BERTH_TOKEN, or a new one in the file "token" of the
                      data directory. Setting BERTH_TOKEN does the same
  --help              Prints this text`;

async function main(): Promise<number> {
  const flags = readFlags({ ...commonFlags, provider: { type: 'string', multiple: true } });
  if (flags.help) {
    print(help);
    return 0;
  }
  const options = {
    port: toPort(flags.port),
    frontDoorPort: toFrontDoorPort(flags['front-door-port']),
    dataDir: flags['data-dir'],
    token: flags.token,
    added: toProviderTypes(flags.provider),
  };
  const stopped = untilSignal();
  // Most of the start. The help and a mistake need none of it.
  const { startLocalServer } = await import('./server.ts');
  const server = await startLocalServer(options);
  print(`Berth is listening on ${server.url}`);
  print(`Console: ${server.url}/console/`);
  print(`API reference: ${server.url}/docs`);
  if (server.frontDoorPort) print(`Tenants are at http://TENANT_ID.localhost:${server.frontDoorPort}`);
  if (server.token) print(`Callers need the token in ${server.token.file ?? 'BERTH_TOKEN'}`);
  print(`Logs: ${server.logFile}. Ctrl-C stops Berth; tenants keep running.`);
  await stopped;
  print('Stopping: finishing the requests under way. Ctrl-C again stops at once.');
  const summary = await describeHeld(server);
  await server.close();
  print(summary);
  return 0;
}

/** Describes the tenants that keep running, and how to find them again. */
async function describeHeld(server: LocalServer): Promise<string> {
  const held = await server.heldTenants().catch(() => ['those that the providers hold']);
  if (held.length === 0) return 'Berth has stopped. It held no tenants.';
  return [
    `Berth has stopped and left these tenants running: ${held.join(', ')}`,
    'Start Berth with the same data directory to manage them again. Then, to destroy one:',
    '  npx berth destroy TENANT_ID',
  ].join('\n');
}

await runCommand(main);
