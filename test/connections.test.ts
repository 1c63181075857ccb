import { expect, test } from 'vitest';
import { readSourceFiles } from './support/source-files.ts';

const files = readSourceFiles(['src', 'functions', 'infra']);

function thatSay(pattern: RegExp): string[] {
  return files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

/**
 * Whoever opens a connection decides where it goes: with a file here comes the reason why no specification, event or request
 * can send it elsewhere. Clouds and engines are reached through their SDKs, at what the operator has set.
 */
const connecting: Record<string, string> = {
  'infra/local/demo/demo-tenants.ts': 'to the tenants that the demo has provisioned',
  'infra/local/http/refuse-client.ts': 'answers only',
  'infra/local/server.ts': 'listens only',
  'src/cli/commands/doctor.ts': 'to the socket of the Docker engine of its own machine',
  'src/client/options.ts': 'to the endpoint that its user gave it',
  'src/providers/process/ports.ts': 'listens only, to find a port that is free',
  'src/providers/process/supervise/probe.ts': 'to the loopback address, at a port that the container was given',
};

test('connections are opened in few places, none of which lets a stranger say where they go', () => {
  const network = /^import \{[^}]*\} from 'node:(?:net|http|https|http2|tls|dgram|dns)(?:\/promises)?'|[^.\w]fetch\(/m;
  expect(thatSay(network).sort()).toEqual(Object.keys(connecting));
});

/** Whoever starts a program, and what it is. None of them hands a stranger's text to a shell. */
const starting: Record<string, string> = {
  'infra/functions/function-code.ts': 'the bundler of the functions',
  'infra/package/main.ts': 'the compiler, over our own code',
  'src/cli/commands/dev.ts': 'the local host',
  'src/cli/docs/run-steps.ts': 'the commands of our own pages, in the shell that readers would use',
  'src/providers/process/supervise/probe.ts': 'the check of a container',
  'src/providers/process/supervise/process-table.ts': 'ps',
  'src/providers/process/supervise/spawn.ts': 'the command of a container',
};

test('programs are started in few places, and what a specification says never by a shell', () => {
  expect(thatSay(/from 'node:child_process'/).sort()).toEqual(Object.keys(starting));
  expect(thatSay(/\bshell: (?:true|['"`])|\bexecSync\b|\bexec\(['"`]/)).toEqual([]);
});
