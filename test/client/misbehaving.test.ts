import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ClientOptions,
  createClient,
  ProblemError,
  type RetryInfo,
  UnexpectedAnswerError,
  UnreachableError,
} from '../../src/client/index.ts';
import type { Operation } from '../../src/client/types.ts';
import { type ReadOperation, waitForOperation } from '../../src/client/wait.ts';
import { memorySpec } from '../functions/invoke.ts';
import { answerJson, answerProblem, serve } from './servers.ts';

const ok = { tenant_id: 'acme' };

/** Creates a client that records its retries. */
function recordingClient(endpoint: string, options: Partial<ClientOptions> = {}) {
  const retries: RetryInfo[] = [];
  return { retries, client: createClient({ endpoint, onRetry: (info) => retries.push(info), ...options }) };
}

function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

test('a mutation is retried under one idempotency key until it is answered', async () => {
  const { url, requests } = await serve((_, response, count) => {
    if (count === 1) response.destroy();
    else if (count === 2) answerJson(response, 503, { message: 'Service Unavailable' });
    else if (count === 3) answerProblem(response, 504, 'timeout', { retryable: true });
    else answerJson(response, 201, ok, { location: '/v1/operations/acme.x.1', etag: '"1"' });
  });
  const { client, retries } = recordingClient(url);
  const answer = await client.provisionTenant(memorySpec());
  expect(answer).toMatchObject({ status: 201, operationId: 'acme.x.1', etag: '"1"' });
  expect(retries.map(({ attempt, reason }) => [attempt, reason])).toEqual([
    [1, 'the connection was closed'],
    [2, 'status 503'],
    [3, 'status 504'],
  ]);
  expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(new Set(requests.map(({ body }) => body))).toEqual(new Set([JSON.stringify(memorySpec())]));
  await client.provisionTenant(memorySpec());
  expect(requests.at(-1)?.headers['idempotency-key']).not.toBe(requests[0]?.headers['idempotency-key']);
});

test('retry-after is respected', async () => {
  const { url } = await serve((_, response, count) => {
    if (count === 1) answerProblem(response, 429, 'throttled', { retryable: true, headers: { 'retry-after': '1' } });
    else answerJson(response, 200, ok);
  });
  const { client, retries } = recordingClient(url);
  await client.getTenant('acme');
  expect(retries).toEqual([expect.objectContaining({ method: 'GET', path: '/v1/tenants/acme', maxAttempts: 4 })]);
  expect(retries[0]?.delayMs).toBeGreaterThanOrEqual(1000);
});

test.each([
  [400, 'malformed_json'],
  [404, 'tenant_not_found'],
  [409, 'operation_in_progress'],
  [412, 'revision_conflict'],
  [422, 'invalid_spec'],
])('a problem of status %i is final', async (status, code) => {
  const { url, requests } = await serve((_, response) => answerProblem(response, status, code, { retryable: true }));
  expect(await thrownBy(createClient({ endpoint: url }).destroyTenant('acme'))).toMatchObject({ status, code });
  expect(requests).toHaveLength(1);
});

test('a failure that is not retryable is final', async () => {
  const { url, requests } = await serve((_, response) => answerProblem(response, 502, 'provision_failed'));
  const error = await thrownBy(createClient({ endpoint: url }).provisionTenant(memorySpec()));
  expect(error).toBeInstanceOf(ProblemError);
  expect(requests).toHaveLength(1);
});

test('a name that does not resolve is not tried again', async () => {
  const retries: RetryInfo[] = [];
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND berth.invalid'), { code: 'ENOTFOUND' });
  const client = createClient({
    endpoint: 'http://berth.invalid',
    fetch: async () => {
      throw new TypeError('fetch failed', { cause });
    },
    onRetry: (info) => retries.push(info),
  });
  await expect(client.getTenant('acme')).rejects.toThrow('the host name does not resolve');
  expect(retries).toEqual([]);
});

test('a server that keeps failing is given up after maxAttempts', async () => {
  const { url, requests } = await serve((_, response) => answerProblem(response, 500, 'internal', { retryable: true }));
  const { client } = recordingClient(url, { maxAttempts: 2 });
  expect(await thrownBy(client.getTenant('acme'))).toMatchObject({ name: 'ProblemError', code: 'internal' });
  expect(requests).toHaveLength(2);
});

test('if nothing listens, the error names the endpoint and says how to start a host', async () => {
  const listening = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as { port: number };
  await new Promise((resolve) => listening.close(resolve));
  const error = await thrownBy(createClient({ endpoint: `http://127.0.0.1:${port}/`, maxAttempts: 2 }).listProviders());
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error).toMatchObject({
    endpoint: `http://127.0.0.1:${port}`,
    message:
      `Berth cannot be reached at http://127.0.0.1:${port}: nothing listens there. ` +
      'Start the local control plane ("berth dev", or "npm start" in the clone), or give another endpoint.',
  });
});

test('a request to a hanging server times out and is repeated once', async () => {
  const { url, requests } = await serve(() => undefined);
  const { client, retries } = recordingClient(url, { attemptTimeoutMs: 50 });
  const error = await thrownBy(client.listProviders());
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error).toMatchObject({ message: expect.stringContaining('no answer within 0.05 s') });
  expect([requests.length, retries.length]).toEqual([2, 1]);
});

test('an answer that stalls in the middle times out', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r' });
    response.write('{"providers":');
  });
  const { client } = recordingClient(url, { attemptTimeoutMs: 50 });
  expect(await thrownBy(client.listProviders())).toBeInstanceOf(UnreachableError);
});

test('waitForOperation throws after its timeout even if the server hangs', async () => {
  const { url } = await serve(() => undefined);
  const waiting = createClient({ endpoint: url }).waitForOperation('acme.aaaaaaaaaaaa.1', { timeoutMs: 50 });
  expect(await thrownBy(waiting)).toMatchObject({
    name: 'WaitTimeoutError',
    operationId: 'acme.aaaaaaaaaaaa.1',
    operation: undefined,
  });
});

test('an aborted call throws the reason at once: before, during and between attempts', async () => {
  const reason = new Error('cancelled by the caller');
  const { url, requests } = await serve((_, response, count) => {
    if (count === 2) answerProblem(response, 503, 'throttled', { retryable: true, headers: { 'retry-after': '30' } });
  });
  const client = createClient({ endpoint: url });
  expect(await thrownBy(client.listProviders({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(requests).toHaveLength(0);
  const during = new AbortController();
  const sent = thrownBy(client.provisionTenant(memorySpec(), { signal: during.signal }));
  await expect.poll(() => requests.length).toBe(1);
  during.abort(reason);
  expect(await sent).toBe(reason);
  const between = new AbortController();
  const pausing = createClient({ endpoint: url, onRetry: () => between.abort(reason) });
  expect(await thrownBy(pausing.listProviders({ signal: between.signal }))).toBe(reason);
});

const foreignAnswers: [what: string, status: number, type: string, body: string][] = [
  ['a web page', 200, 'text/html', '<html>hello</html>'],
  ['other JSON', 200, 'application/json', '{"hello":"world"}'],
  ['a number', 200, 'application/json', '42'],
  ['broken JSON', 200, 'application/json', '{"providers":'],
  ['nothing', 200, 'application/json', ''],
  ['an error page', 404, 'text/html', '<h1>Not found</h1>'],
  ['a problem document of another service', 404, 'application/problem+json', '{"type":"about:blank","status":404}'],
  ['a redirect', 302, 'text/html', ''],
];

test.each(foreignAnswers)('%s is not accepted as an answer of Berth', async (_, status, type, body) => {
  const { url, requests } = await serve((_got, response) => {
    response.writeHead(status, { 'content-type': type, 'x-request-id': 'r', location: 'http://127.0.0.1:1/' });
    response.end(body);
  });
  const error = await thrownBy(createClient({ endpoint: url }).listProviders());
  expect(error).toBeInstanceOf(UnexpectedAnswerError);
  expect(error).toMatchObject({ endpoint: url, status, message: expect.stringContaining(`The answer from ${url}`) });
  expect(requests).toHaveLength(1);
});

test('a refusal of API Gateway is shown with a hint', async () => {
  const { url } = await serve((_, response) => answerJson(response, 403, { message: 'Forbidden\u001b[31m' }));
  const error = await thrownBy(createClient({ endpoint: url }).listProviders());
  expect(error).toMatchObject({ status: 403, hint: expect.stringContaining('execute-api:Invoke') });
  expect((error as Error).message).toContain('status 403, Forbidden [31m');
});

test('an endless answer is aborted', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r' });
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  expect(await thrownBy(createClient({ endpoint: url }).listProviders())).toMatchObject({
    name: 'UnexpectedAnswerError',
    message: expect.stringContaining('it is too large'),
  });
});

test('a broken event stream is resumed after the last id', async () => {
  const event = (id: number) => JSON.stringify({ id: `e${id}`, detail: { metadata: {}, data: { tenant_id: 'acme' } } });
  // Like a host: announcements that a broken connection lost are sent again.
  const { url, requests } = await serve(({ headers }, response) => {
    const next = Number(String(headers['last-event-id'] ?? 'e0').slice(1)) + 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const text = `: hello\n\nid: e${next}\nevent: x\ndata: ${event(next)}\n\n`;
    response.write(text, () => response.destroy());
  });
  const seen: string[] = [];
  for await (const { id } of createClient({ endpoint: url }).events({ tenant: 'acme' })) {
    seen.push(id);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual(['e1', 'e2']);
  const asked = requests.map(({ target, headers }) => [target, headers['last-event-id']]);
  expect(asked.at(0)).toEqual(['/v1/events?tenant=acme', undefined]);
  expect(asked.at(-1)).toEqual(['/v1/events?tenant=acme', 'e1']);
});

test('an event stream is resumed after a restart of the host, during which nothing listens', async () => {
  const event = (id: string) => ({ id, detail: { metadata: {}, data: { tenant_id: 'acme' } } });
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    if (calls > 1 && calls < 5) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const headers = { 'content-type': 'text/event-stream' };
    return new Response(`id: e${calls}\ndata: ${JSON.stringify(event(`e${calls}`))}\n\n`, { headers });
  };
  const seen: string[] = [];
  for await (const { id } of createClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 2, fetch }).events()) {
    if (seen.push(id) === 2) break;
  }
  expect(seen).toEqual(['e1', 'e5']);
});

test('waitForOperation goes on after a restart of the control plane', async () => {
  let reads = 0;
  const read: ReadOperation = async () => {
    reads += 1;
    if (reads > 1 && reads < 4) throw new UnreachableError('http://127.0.0.1:1', 'nothing listens there');
    return { operation_id: 'o1', state: reads === 1 ? 'running' : 'succeeded' } as Operation;
  };
  expect(await waitForOperation('o1', read, {})).toMatchObject({ state: 'succeeded' });
  const absent: ReadOperation = async () => {
    throw new UnreachableError('http://127.0.0.1:1', 'nothing listens there');
  };
  expect(await thrownBy(waitForOperation('o1', absent, {}))).toBeInstanceOf(UnreachableError);
});

test('a missing, foreign, malformed or closed event stream is an error', async () => {
  const follow = async (endpoint: string) => {
    for await (const _ of createClient({ endpoint, maxAttempts: 2 }).events()) expect.unreachable();
  };
  const without = await serve((_, response) => answerProblem(response, 404, 'route_not_found'));
  expect(await thrownBy(follow(without.url))).toMatchObject({ code: 'route_not_found' });
  const page = await serve((_, response) => answerJson(response, 200, ok));
  expect(await thrownBy(follow(page.url))).toBeInstanceOf(UnexpectedAnswerError);
  const garbage = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: hello\n\n');
  });
  expect(await thrownBy(follow(garbage.url))).toBeInstanceOf(UnexpectedAnswerError);
  const closing = await serve((_, response) => response.destroy());
  expect(await thrownBy(follow(closing.url))).toBeInstanceOf(UnreachableError);
});

test('an aborted event stream ends without an error', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
  });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const following = (async () => {
    for await (const _ of createClient({ endpoint: url }).events({ signal: stop.signal })) expect.unreachable();
    return 'ended';
  })();
  stop.abort(new Error('enough'));
  expect(await following).toBe('ended');
});

test('waitForOperation goes on with short waits where the API cannot let another caller wait', async () => {
  const waits: number[] = [];
  const read: ReadOperation = async (_, { wait }) => {
    waits.push(wait);
    if (waits.length === 3) throw new UnexpectedAnswerError('http://127.0.0.1', 503, 'no problem document');
    return { state: waits.length === 5 ? 'succeeded' : 'running' } as Operation;
  };
  expect(await waitForOperation('acme.x.1', read, {})).toMatchObject({ state: 'succeeded' });
  expect(waits).toEqual([0, 1, 2, 1, 2]);
});

test('waitForOperation reports a refusal that is not of the moment', async () => {
  const refused = new UnexpectedAnswerError('http://127.0.0.1', 403, 'no problem document');
  const read: ReadOperation = async () => Promise.reject(refused);
  expect(await thrownBy(waitForOperation('acme.x.1', read, {}))).toBe(refused);
});
