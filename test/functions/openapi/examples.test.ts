import { expect, test } from 'vitest';
import { createDocument } from '../../../functions/openapi/document.ts';
import { type Example, type ExampleAnswer, examples, keyOf } from '../../../functions/openapi/examples.ts';
import { routes } from '../../../functions/operations.ts';
import { type Reply, send, startTestServer } from '../../infra/local/fixture.ts';
import { type OpenApiDocument, violationsOf } from '../../support/documented.ts';

/** Replacements in recorded answers for values that differ in each run. */
const constants = {
  incarnation: 'mwwm7t1nrmlc',
  time: '2026-11-25T09:30:00.000Z',
  requestId: '5f0c1f5e-9d2b-4a50-b7a5-0f4f8a3c6d11',
  resource: 'process:a45f3a04-a7bd',
  port: 40605,
  cursor: 'bmV4dA',
  token: 'q2hDk0oJ8ZrV1tYb5nLw7cXe3sUa9fGmPiKyTdRjBvE',
  installation: 'k3x9q0a1zmb3k2',
};

function targetOf({ operation, path = {}, query }: Example, incarnation: string): { method: string; target: string } {
  const route = routes.find((candidate) => candidate.operation === operation);
  if (!route) throw new Error(operation);
  const filled = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const search = query ? `?${new URLSearchParams(query)}` : '';
  return { method: route.method, target: filled.replace(constants.incarnation, incarnation) + search };
}

const hashes = ['hmac-3fd3cfcc3ecb74a0e12e1c9508fea56e', 'hmac-3c45bbb1b12c9a1d05f88cafaffbd857'];
const seen: string[] = [];

/** Returns the same hash in each run, whatever the key of the installation. */
function hashFor(hash: string): string {
  if (!seen.includes(hash)) seen.push(hash);
  return hashes[seen.indexOf(hash)] ?? hash;
}

/** Replaces the values of an answer that differ in each run. */
function normalise({ status, text }: Reply, incarnation: string): ExampleAnswer {
  if (!text) return { status };
  const body = JSON.parse(text.replaceAll(incarnation, constants.incarnation), (key, value: unknown) => {
    if (key === 'request_id') return constants.requestId;
    if (key === 'next_cursor' && value !== null) return constants.cursor;
    if (key === 'installation_id') return constants.installation;
    if (key === 'token' && /^[\w-]{43}$/.test(String(value))) return constants.token;
    if (key === 'port' && Number(value) > 10_000) return constants.port;
    // Whether a look was made already depends on the speed of the machine.
    if (key === 'observed_at') return constants.time;
    if (key === 'health') return 'healthy';
    if (key === 'at_best_seconds') return 1;
    // The port of the front door.
    if (isStable(value)) return { ...value, port: 8788 };
    if (typeof value !== 'string') return value;
    return value
      .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, constants.time)
      .replace(/^hmac-[0-9a-f]{32}$/, hashFor)
      .replace(/^process:[0-9a-f-]+$/, constants.resource)
      .replace(/\.exec-[0-9a-f-]{36}$/, `.exec-${constants.requestId}`)
      .replace(/^(http:\/\/[a-z-]+\.localhost):\d+$/, '$1:8788')
      .replace(/^http:\/\/127\.0\.0\.1:\d+$/, `http://127.0.0.1:${constants.port}`);
  });
  return { status, body };
}

function isStable(value: unknown): value is { stable: true } {
  return typeof value === 'object' && value !== null && 'stable' in value;
}

test('the local host answers the examples, in order, with the recorded answers', async () => {
  const server = await startTestServer({
    providers: { process: { type: 'process', ready_wait_seconds: 15, exec: true } },
  });
  const answers: Record<string, ExampleAnswer> = {};
  let incarnation = '';
  for (const example of examples) {
    const { method, target } = targetOf(example, incarnation);
    const { body, headers = {} } = example;
    const reply = await send(server.url, method, target, { ...(body !== undefined && { body }), headers });
    incarnation ||= /^\/v1\/operations\/acme\.(\w+)\./.exec(reply.headers.location ?? '')?.[1] ?? '';
    answers[keyOf(example)] = normalise(reply, incarnation || 'none');
  }
  // "npx vitest -u" records the answers again, and "npm run openapi" copies them into the document.
  await expect(`${JSON.stringify(answers, null, 2)}\n`).toMatchFileSnapshot(
    '../../../functions/openapi/example-answers.json',
  );
});

test('every operation has an example', () => {
  const operations = new Set(examples.map(({ operation }) => operation));
  expect(routes.map(({ operation }) => operation).filter((operation) => !operations.has(operation))).toEqual([]);
});

test('every example in the document matches its schema', () => {
  const { paths } = createDocument() as unknown as OpenApiDocument;
  const violations = mediaTypesIn(paths).flatMap(({ schema, examples = {} }) =>
    Object.entries(examples).flatMap(([name, { value }]) =>
      violationsOf(schema, value).map((text) => `${name}: ${text}`),
    ),
  );
  expect(violations.filter((violation) => !violation.startsWith('mistakes: '))).toEqual([]);
  expect(violations.length).toBeGreaterThan(0); // the example "mistakes" violates its schema on purpose
});

interface MediaType {
  schema: object;
  examples?: Record<string, { value: unknown }>;
}

/** Collects the media types of all requests and answers in the document. */
function mediaTypesIn(value: unknown): MediaType[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = 'content' in value ? Object.values(value.content as Record<string, MediaType>) : [];
  return [...here, ...Object.values(value).flatMap(mediaTypesIn)];
}
