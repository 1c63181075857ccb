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
  'infra/local/demo-events.ts': 'to the host that the demo has started',
  'infra/local/demo-tenants.ts': 'to the host that the demo has started, and to the tenants that it made there',
  'infra/local/refuse-client.ts': 'answers only',
  'infra/local/server.ts': 'listens only',
  'src/client/options.ts': 'to the endpoint that its user gave it',
  'src/providers/process/ports.ts': 'listens only, to find a port that is free',
  'src/providers/process/probe.ts': 'to the loopback address, at a port that the container was given',
};

test('connections are opened in few places, none of which lets a stranger say where they go', () => {
  const network = /^import \{[^}]*\} from 'node:(?:net|http|https|http2|tls|dgram|dns)(?:\/promises)?'|[^.\w]fetch\(/m;
  expect(thatSay(network).sort()).toEqual(Object.keys(connecting));
});

test('programs are started in three places, and never by a shell', () => {
  expect(thatSay(/from 'node:child_process'/).sort()).toEqual([
    'src/providers/process/probe.ts',
    'src/providers/process/process-table.ts',
    'src/providers/process/spawn.ts',
  ]);
  expect(thatSay(/shell: (?!false)|\bexec(?:Sync)?\(['"`]|\bexecSync\b/)).toEqual([]);
});
