import type { ServerResponse } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { answerJson, serve } from '../client/servers.ts';
import { startCannedHost } from './canned-host.ts';
import { type CliOptions, cli } from './cli.ts';

vi.setConfig({ testTimeout: 60_000 });

const SPEC = `tenant_id: acme-web
provider_type: ecs-eu
resources: { cpu: 256, memory: 512 }
containers: [{ name: web, image: nginx }]
`;

/** Every command that prints an answer. */
const commands: [words: string[], options?: CliOptions][] = [
  [['get', 'tenants']],
  [['get', 'tenants', '-o', 'wide']],
  [['get', 'tenants', '-o', 'name']],
  [['get', 'tenant', 'acme-web']],
  [['get', 'operations', 'acme-web', '-o', 'wide']],
  [['get', 'operations', 'acme-web', '-o', 'name']],
  [['get', 'providers', '-o', 'wide']],
  [['describe', 'acme-web']],
  [['status', 'acme-web']],
  [['status', 'acme-web', '-o', 'name']],
  [['history', 'acme-web', '-o', 'wide']],
  [['logs', 'acme-web']],
  [['plan', '-f', '-'], { stdin: SPEC }],
  [['apply', '-f', '-', '--yes', '--timeout', '2s'], { stdin: SPEC }],
  [['destroy', 'acme-web', '--yes', '--timeout', '2s']],
  [['rollback', 'acme-web', '--to-revision', '1', '--yes', '--timeout', '2s']],
  [['doctor']],
];

type Change = (value: unknown, depth: number) => unknown;

function mapDeep(value: unknown, change: Change, depth = 0): unknown {
  const changed = change(value, depth);
  if (changed !== value || typeof value !== 'object' || value === null) return changed;
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, change, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapDeep(item, change, depth + 1)]));
}

/** Starts a server that answers as Berth does, with each value of an answer changed. */
async function serveChanged(change: Change): Promise<string> {
  const honest = await startCannedHost();
  const { url } = await serve(async ({ method, target, body }, response) => {
    const init = { method, headers: { 'content-type': 'application/json' }, ...(body && { body }) };
    // The canned host closes idle connections. A request on one is passed on as broken, and the command repeats it.
    const answer = await fetch(`${honest}${target}`, init).catch(() => undefined);
    if (!answer) return void response.destroy();
    const text = await answer.text();
    const headers = { 'content-type': answer.headers.get('content-type') ?? 'application/json' };
    answerJson(response, answer.status, mapDeep(text === '' ? {} : JSON.parse(text), change), headers);
  });
  return url;
}

const FORGED = '\nFORGED line\r\u001b[2J\u001b]0;title\u0007\u2028FORGED\u202e\ufdd0r';

function expectHonest(output: string): void {
  for (const line of output.split(/[\n\r\u2028\u2029]/)) expect(line).not.toMatch(/^FORGED/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal.
  expect(output).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\ufdd0]/);
}

describe('a server with control characters in every text', () => {
  const forge: Change = (value) => (typeof value === 'string' && !/^urn:/.test(value) ? `${value}${FORGED}` : value);

  test.each(commands)('cannot forge a line of %j', async (words, options) => {
    const endpoint = await serveChanged(forge);
    const { stdout, stderr } = await cli(words, { endpoint, ...options });
    expectHonest(stdout);
    expectHonest(stderr);
  });

  test('cannot forge one by an event, by its id or by its type', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const detail = { metadata: {}, data: { tenant_id: `a${FORGED}`, endpoints: [{ url: `http://a${FORGED}` }] } };
      const event = { id: `1${FORGED}`, time: `t${FORGED}`, 'detail-type': `T${FORGED}`, detail };
      response.end(`data: ${JSON.stringify(event)}\n\ndata: garbage\n\n`);
    });
    for (const output of ['table', 'name', 'json']) {
      const { code, stdout, stderr } = await cli(['events', '-o', output], { endpoint: url });
      expect(code).toBe(1);
      expect(stdout).toContain('FORGED');
      expectHonest(stdout);
      expectHonest(stderr);
    }
  });
});

describe('a server whose answers have another form', () => {
  const forms: [string, Change][] = [
    ['numbers for texts', (value) => (typeof value === 'string' ? 7 : value)],
    ['null for each value', (value, depth) => (depth === 2 ? null : value)],
    ['a text for each value', (value, depth) => (depth === 1 ? 'text' : value)],
    ['an empty list for each value', (value, depth) => (depth === 1 ? [] : value)],
  ];
  test.each(forms)('(%s) makes no command fail without a sentence for its user', async (_, change) => {
    const endpoint = await serveChanged(change);
    for (const [words, options] of commands) {
      const { code, stdout, stderr } = await cli(words, { endpoint, ...options });
      expect([words, [0, 1, 2, 3, 4].includes(code)]).toEqual([words, true]);
      const text = `${words.join(' ')}: ${stdout}${stderr}`;
      expect(text).not.toMatch(/is not a function|is not iterable|Cannot (?:read|convert)|undefined|\n\s+at /);
    }
  });
});

const summary = (tenant_id: string) => ({ tenant_id, endpoints: [], labels: {} });

describe('a list that does not end', () => {
  const pages: [string, (count: number) => unknown][] = [
    ['repeats its cursor', () => ({ tenants: [], next_cursor: 'again' })],
    ['has empty pages only', (count) => ({ tenants: [], next_cursor: `page-${count}` })],
    ['repeats its tenants', (count) => ({ tenants: [summary('acme')], next_cursor: `page-${count}` })],
    ['has no tenants but a text', () => ({ tenants: 'acme', next_cursor: null })],
    ['has a cursor that is no text', () => ({ tenants: [], next_cursor: { a: 1 } })],
  ];
  test.each(pages)('and %s is refused', async (_, page) => {
    const { url, requests } = await serve((_, response, count) => answerJson(response, 200, page(count)));
    const { code, stderr } = await cli(['get', 'tenants'], { endpoint: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: The answer from .+ is not from Berth: its list/);
    expect(requests.length).toBeLessThanOrEqual(1001);
  });
});

test('a server that does not wait for an operation is not asked without a pause', async () => {
  const operation = { operation_id: 'a.b.1', state: 'running', type: 'update', message: '', retries: [], attempts: 0 };
  const { url, requests } = await serve(({ target }, response) =>
    target.startsWith('/v1/operations/')
      ? answerJson(response, 200, operation)
      : answerJson(response, 202, { tenant_id: 'a' }, { location: '/v1/operations/a.b.1' }),
  );
  const { code } = await cli(['destroy', 'acme', '--yes', '--timeout', '2s'], { endpoint: url });
  expect(code).not.toBe(0);
  expect(requests.length).toBeLessThan(20);
});

const foreign: [string, (response: ServerResponse) => void][] = [
  ['sends a huge answer', (response) => answerJson(response, 200, { tenants: ['x'.repeat(5 * 1024 * 1024)] })],
  ['sends no JSON', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"tenants":')],
  [
    'sends deep JSON',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('['.repeat(1e5)),
  ],
  ['redirects', (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end()],
  ['sends a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<b>\u001b[2J</b>')],
];

test.each(foreign)('a server that %s is told in a sentence', async (_, answer) => {
  const { url, requests } = await serve((_, response) => answer(response));
  for (const words of [['get', 'tenants'], ['logs', 'acme'], ['events']]) {
    const { code, stderr } = await cli(words, { endpoint: url });
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: The answer from .+ is not from Berth/);
    expectHonest(stderr);
  }
  expect(requests.every(({ target }) => target.startsWith('/v1/'))).toBe(true);
});

test('an event stream of garbage, without line ends, is bounded', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  });
  const { code, stderr } = await cli(['events'], { endpoint: url });
  expect(code).toBe(1);
  expect(stderr).toMatch(/error: /);
});
