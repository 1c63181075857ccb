import { expect, test } from 'vitest';
import { readSourceFiles } from './support/source-files.ts';

const files = readSourceFiles(['src', 'functions', 'infra']);

function filesMatching(pattern: RegExp): string[] {
  return files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

/**
 * Files that open connections, each with its destination, which no specification, event or request can change. Berth reaches
 * clouds and engines through their SDKs, at the endpoints that the operator configures.
 */
const connections: Record<string, string> = {
  'infra/local/demo/demo-tenants.ts': 'to the tenants that the demo provisioned',
  'infra/local/door/forwarder.ts': 'to the loopback address, at a port that a provider reports for a tenant',
  'infra/local/door/front-door.ts': 'listens only',
  'infra/local/door/pages.ts': 'answers only',
  'infra/local/http/refuse-client.ts': 'answers only',
  'infra/local/server.ts': 'listens only',
  'infra/local/sessions/upgrades.ts': 'answers only',
  'src/cli/commands/doctor.ts': 'to the socket of the Docker engine on the same machine',
  'src/client/options.ts': 'to the endpoint that its user configured',
  'src/console/live/stream.ts': 'to the host that the page comes from',
  'src/providers/process/logs/copier.ts': 'reads pipes of its own folder, as sockets of Node',
  'src/providers/process/ports.ts': 'listens only, to find a free port',
  'src/providers/process/supervise/probe.ts': 'to the loopback address, at a port assigned to the container',
};

test('few files open connections, and no request chooses the destination', () => {
  const network = /^import \{[^}]*\} from 'node:(?:net|http|https|http2|tls|dgram|dns)(?:\/promises)?'|[^.\w]fetch\(/m;
  expect(filesMatching(network).sort()).toEqual(Object.keys(connections));
});

/** Files that start programs, each with the program. None of them passes untrusted text to a shell. */
const programs: Record<string, string> = {
  'infra/functions/function-code.ts': 'the bundler of the functions',
  'infra/package/main.ts': 'the compiler, for the source of this repository',
  'src/cli/commands/dev.ts': 'the local host',
  'src/cli/commands/open.ts': 'the browser of the user',
  'src/cli/exec/run-plugin.ts': 'the plugin of AWS that connects to a session',
  'src/providers/process/exec/pipes.ts': 'the program that a caller with the scope admin runs in a container',
  'src/providers/process/logs/log-pipes.ts': 'mkfifo, and the copier of logs',
  'src/providers/process/supervise/probe.ts': 'the health check of a container',
  'src/providers/process/supervise/process-table.ts': 'ps',
  'src/providers/process/supervise/spawn.ts': 'the command of a container',
};

test('few files start programs, and no shell runs text of a specification', () => {
  expect(filesMatching(/from 'node:child_process'/).sort()).toEqual(Object.keys(programs));
  const shell = /\bshell: (?:true|['"`])|\bexecSync\b|\bexec\(['"`]/;
  // The `exec` of a database runs SQL.
  expect(filesMatching(shell).filter((path) => !path.startsWith('infra/local/database/'))).toEqual([]);
});
