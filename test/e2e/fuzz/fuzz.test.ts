import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memorySpec } from '../../functions/invoke.ts';
import { subscribe } from '../../infra/local/events/events.ts';
import { type Reply, send, startTestServer } from '../../infra/local/fixture.ts';
import { anyRequest, CONFIG_CANARY, ENV_CANARY, type FuzzRequest } from './requests.ts';

/** How many requests are sent concurrently. */
const BATCH = 5;

/** The only server errors that are expected: failures that a specification ordered from the memory provider. */
const providerFaults = new Set<unknown>(['provider_failed', 'provision_failed', 'update_failed']);

/** `BERTH_FUZZ_REQUESTS` sets the number of requests; `BERTH_FUZZ_SEED` repeats those of an earlier run. */
function fuzzRun() {
  const { BERTH_FUZZ_REQUESTS: requests = 300, BERTH_FUZZ_SEED: given } = process.env;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stderr.write(`fuzz of the local host: ${requests} requests, BERTH_FUZZ_SEED=${seed}\n`);
  return { seed, numRuns: Math.ceil(Number(requests) / BATCH), endOnFailure: true, asyncReporter: report };
}

function expectNoCanary(text: string): void {
  expect(text).not.toContain(ENV_CANARY);
  expect(text).not.toContain(CONFIG_CANARY);
}

/** Checks the rules that every response follows. `send` compares it with the document. */
function check({ isPutEvents = false }: FuzzRequest, { status, headers, body, text }: Reply): void {
  expectNoCanary(text);
  expectNoCanary(JSON.stringify(headers));
  expect(headers).not.toHaveProperty('x-injected');
  expect(text).not.toContain(process.cwd());
  expect(text).not.toMatch(/node_modules|node:internal|\.ts:\d/);
  if (isPutEvents) {
    expect([200, 400]).toContain(status);
    return;
  }
  // 501: the provider of the tenant lacks the capability.
  if (status >= 500 && body.code !== 'unsupported') expect(providerFaults, text).toContain(body.code);
  if (status >= 400 && text !== '') expect(headers['content-type']).toBe('application/problem+json');
}

async function attack(url: string, request: FuzzRequest): Promise<number> {
  const { method, target, headers, body, isPutEvents = false } = request;
  // Node sends the body of a GET or a DELETE only with this header.
  const length = body === undefined ? undefined : String(Buffer.byteLength(body));
  try {
    const reply = await send(url, method, target, {
      headers: { ...headers, ...(length !== undefined && { 'content-length': length }) },
      foreign: isPutEvents || target.startsWith('/openapi.json'),
      ...(body !== undefined && { body }),
    });
    check(request, reply);
    return reply.status;
  } catch (cause) {
    const sent = inspect({ ...request, body: String(body).slice(0, 3000) }, { breakLength: 160 });
    throw new Error(`${(cause as Error).message}\nin response to ${sent}`, { cause });
  }
}

/** Reports a failure with its seed, without bodies of a hundred pages. */
async function report({ failed, seed, errorInstance }: fc.RunDetails<[FuzzRequest[]]>): Promise<void> {
  if (failed)
    throw new Error(
      `BERTH_FUZZ_SEED=${seed}: ${errorInstance instanceof Error ? errorInstance.message : errorInstance}`,
    );
}

/** Returns the names that every object of this process inherits; the host runs in this process. */
function inherited(): string[] {
  return [Object, Array, String, Function].flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype));
}

test('the local host responds to any request as documented, reveals no secret, and keeps running', async () => {
  const run = fuzzRun();
  const before = inherited();
  const server = await startTestServer();
  const announcements = await subscribe(server.url);
  const announced = collect(announcements.next);
  const statuses = new Map<number, number>();

  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: BATCH, maxLength: BATCH }), async (requests) => {
      for (const status of await Promise.all(requests.map((request) => attack(server.url, request)))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
    run,
  );

  process.stderr.write(
    `statuses: ${[...statuses]
      .sort(([a], [b]) => a - b)
      .map((pair) => pair.join(' × '))
      .join(', ')}\n`,
  );
  // Requests reached the provisioning, the change and the reading of tenants, and were refused for each reason before.
  const usual = run.numRuns * BATCH < 3000 ? [200, 404, 422] : [200, 201, 204, 400, 404, 405, 409, 415, 422];
  for (const status of usual) expect([...statuses.keys()]).toContain(status);
  expect(inherited()).toEqual(before);
  const spec = memorySpec({ tenant_id: 'afterwards' });
  expect(await send(server.url, 'POST', '/v1/tenants', { body: spec })).toMatchObject({ status: 201 });
  const shows = (line: string) => line.includes('"tenant_id":"afterwards"');
  await expect.poll(() => announced.some(shows), { timeout: 10_000 }).toBe(true);
  announcements.leave();
  await server.close();

  expectNoCanary(announced.join('\n'));
  const log = readFileSync(server.logFile, 'utf8');
  expectNoCanary(log);
  for (const line of log.trimEnd().split('\n')) {
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(JSON.parse(line)).toBeTypeOf('object');
    expect(line).not.toContain('"unexpected error"');
  }
}, 300_000);

/** Collects everything that is announced from now on. */
function collect(next: () => Promise<unknown>): string[] {
  const announced: string[] = [];
  const read = async (): Promise<void> => {
    for (;;) announced.push(JSON.stringify(await next()));
  };
  read().catch(() => undefined); // it ends with the stream
  return announced;
}
