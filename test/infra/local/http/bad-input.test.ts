import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { memorySpec } from '../../../functions/invoke.ts';
import { type Reply, type SendOptions, send, startTestServer } from '../fixture.ts';

/** Sends a request to a fresh host, and checks the rules that every response follows. */
async function replyTo(
  method: string,
  path: string,
  options: SendOptions = {},
  functionTimeout = 29_000,
): Promise<Reply> {
  const { url } = await startTestServer({ functionTimeout });
  const reply = await send(url, method, path, options);
  if (reply.status >= 400) expectProblem(reply);
  return reply;
}

function expectProblem({ status, headers, body, text }: Reply): void {
  expect(headers['content-type']).toBe('application/problem+json');
  expect(body).toMatchObject({ status, request_id: headers['x-request-id'], code: expect.any(String) });
  // Neither a stack trace nor a path of the host.
  expect(text).not.toMatch(/\\n\s*at |:\d+:\d+\b|\.ts\b|node:|node_modules/);
  expect(text).not.toContain(process.cwd());
}

const post = (body: unknown, headers = {}) => replyTo('POST', '/v1/tenants', { body, headers });
const pointersOf = ({ body }: Reply) => (body.errors ?? []).map((error) => error.pointer);
const faulty = (faults: object) => memorySpec({ provider_config: { faults } });

describe('the body', () => {
  test.each(['{', '', '{"tenant_id":}', '\u0000'])('malformed JSON gets 400: %o', async (body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });

  test('a request without a body gets 415, because no header declares JSON', async () => {
    expect(await replyTo('POST', '/v1/tenants')).toMatchObject({ status: 415 });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s gets 415',
    async (type) => {
      const reply = await post(memorySpec(), { 'content-type': type });
      expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    },
  );

  test('a compressed body gets 415, however small it is', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect(await post(bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
  });

  test.each([
    [300 * 1024, 'at most 256 KB'],
    [11 * 1024 * 1024, 'at most 10 MB'],
  ])('%i bytes get 413', async (size, detail) => {
    const reply = await post(`"${'x'.repeat(size)}"`);
    expect(reply).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    expect(reply.body.detail).toContain(detail);
  });

  test('a chunked body is measured while it arrives', async () => {
    const reply = await post(' '.repeat(300 * 1024), { 'transfer-encoding': 'chunked' });
    expect(reply).toMatchObject({ status: 413 });
  });

  test('bytes that are not UTF-8 get 400', async () => {
    expect(await post(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ status: 400 });
  });

  test.each([
    ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(40_000) + '1' + '}'.repeat(40_000)],
    [
      'arrays within the specification',
      JSON.stringify(memorySpec()).replace(
        '"resources"',
        `"labels":${'['.repeat(9_000)}${']'.repeat(9_000)},"resources"`,
      ),
    ],
  ])('deep %s get 422 and no stack overflow', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 422, body: { code: 'invalid_spec' } });
  });

  test.each(['null', '7', '"text"', '[]', 'true'])('%s is JSON but not a specification', async (body) => {
    expect(await post(body)).toMatchObject({ status: 422, body: { code: 'invalid_spec' } });
  });
});

describe('the specification', () => {
  test.each([
    ['an unknown field', '"surprise":1', '/surprise'],
    ['__proto__', '"__proto__":{"admin":true}', '/__proto__'],
    ['constructor', '"constructor":{"prototype":{"admin":true}}', '/constructor'],
    ['__proto__ deep down', '"labels":{"__proto__":"x"}', '/labels/__proto__'],
    ['a key that needs escapes', '"a/b~c":1', '/a~1b~0c'],
  ])('%s gets 422 with its pointer', async (_, field, pointer) => {
    const reply = await post(JSON.stringify(memorySpec()).replace('{', `{${field},`));
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_spec' } });
    expect(pointersOf(reply)).toContain(pointer);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test.each([
    '../x',
    '..%2fx',
    'a\u0000b',
    'a'.repeat(64),
    'ACME',
    'асme',
    'ａcme',
    '-acme',
    'acme-',
    'a b',
    '',
    'con.',
    'a\r\nx-injected: 1',
    '\u001b[31m',
    'a'.repeat(200),
    '\ud800',
  ])('the tenant id %j gets 422', async (tenant_id) => {
    const reply = await post(memorySpec({ tenant_id }));
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_spec' } });
    expect(pointersOf(reply)).toContain('/tenant_id');
    expect(reply.headers).not.toHaveProperty('x-injected');
  });

  test('an unknown provider gets 404 that names the registered ones', async () => {
    const reply = await post(memorySpec({ provider_type: 'mainframe' }));
    expect(reply).toMatchObject({ status: 404, body: { code: 'provider_not_found' } });
    expect(reply.body.detail).toContain('registered: memory');
  });

  test('a wrong provider_config gets 422 with its pointer', async () => {
    const reply = await post(memorySpec({ provider_config: { latency_ms: 'x', surprise: 1 } }));
    expect(reply.status).toBe(422);
    expect(pointersOf(reply).sort()).toEqual(['/provider_config/latency_ms', '/provider_config/surprise']);
  });
});

describe('the path and the query', () => {
  const ids = [
    '..%2fx',
    'a%00b',
    '%2e%2e%2f',
    '..',
    'a'.repeat(64),
    'ACME',
    '%D0%B0cme',
    '-x',
    '%20',
    '%0d%0ax-injected:1',
  ];

  test.each(ids)('the tenant id %s gets 422 or 404 from every route', async (id) => {
    const { url } = await startTestServer();
    const replies = [
      await send(url, 'GET', `/v1/tenants/${id}/status`),
      await send(url, 'DELETE', `/v1/tenants/${id}`),
      await send(url, 'PUT', `/v1/tenants/${id}`, { body: memorySpec() }),
      await send(url, 'GET', `/v1/tenants/${id}/status?provider=memory`),
    ];
    for (const reply of replies) {
      expectProblem(reply);
      expect([404, 422]).toContain(reply.status);
      expect(reply.headers).not.toHaveProperty('x-injected');
    }
  });

  test('a malformed escape gets 400', async () => {
    expect(await replyTo('GET', '/v1/tenants/%zz/status')).toMatchObject({
      status: 400,
      body: { code: 'bad_request' },
    });
  });

  test.each([
    ['?surprise=1', '/query/surprise'],
    ['?provider=', '/query/provider'],
    ['?provider=a&provider=b', '/query/provider'],
    ['?__proto__=1', '/query/__proto__'],
  ])('the query %s gets 422 with its pointer', async (query, pointer) => {
    const reply = await replyTo('GET', `/v1/tenants/acme/status${query}`);
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(pointersOf(reply)).toEqual([pointer]);
  });

  test('an unknown route gets 404', async () => {
    for (const path of ['/v1', '/v1/tenants/', '/v2/tenants', '//v1/tenants', '/v1/tenants/a/b/c']) {
      expect(await replyTo('GET', path)).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    }
  });

  test.each([
    ['PUT', '/v1/tenants', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/v1/tenants/acme', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['DELETE', '/v1/providers', 'GET, HEAD, OPTIONS'],
    ['TRACE', '/v1/providers', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/v1/tenants/acme/status', 'GET, HEAD, OPTIONS'],
  ])('the wrong method %s on %s gets 405 with Allow', async (method, path, allow) => {
    expect(await replyTo(method, path)).toMatchObject({
      status: 405,
      headers: { allow },
      body: { code: 'method_not_allowed' },
    });
  });

  test('OPTIONS gets the methods, and no permission for other origins', async () => {
    const { url } = await startTestServer();
    const options = await send(url, 'OPTIONS', '/v1/providers');
    expect(options).toMatchObject({ status: 204, headers: { allow: 'GET, HEAD, OPTIONS' } });
    expect(options.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('the caller', () => {
  test.each([
    [{ host: 'evil.example' }, 421, 'misdirected_request'],
    [{ origin: 'http://evil.example' }, 403, 'forbidden_origin'],
    [{ origin: 'null' }, 403, 'forbidden_origin'],
  ])('a foreign web page is refused: %o', async (headers, status, code) => {
    expect(await replyTo('GET', '/v1/providers', { headers })).toMatchObject({ status, body: { code } });
  });

  test('headers of a proxy that name another host change nothing', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-for': '1.2.3.4',
      forwarded: 'host=evil.example',
    };
    expect(await replyTo('GET', '/v1/providers', { headers })).toMatchObject({ status: 200 });
  });
});

describe('the provider', () => {
  test.each(['throw_string', 'throw_plain'])('that throws a value that is no error causes a 500: %s', async (fault) => {
    const reply = await post(faulty({ provision: fault }));
    expect(reply).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(reply.text).not.toMatch(/ENOENT|memory provider threw/);
  });

  test.each([
    ['garbage', 502, 'provider_failed'],
    ['failed', 502, 'provision_failed'],
  ])('whose provision results in %s causes a %i', async (fault, status, code) => {
    expect(await post(faulty({ provision: fault }))).toMatchObject({ status, body: { code } });
  });

  test.each(['error', 'throttled'])('that fails in a way that may pass is called again: %s', async (fault) => {
    const reply = await post(faulty({ provision: fault }));
    expect(reply).toMatchObject({ status: 202, body: { status: 'in_progress' } });
    expect(reply.body.message).toContain('trying again at');
  });

  test.each([
    ['garbage', 502, 'provider_failed'],
    ['error', 502, 'provider_failed'],
    ['throttled', 429, 'throttled'],
  ])('whose validation results in %s causes a %i', async (fault, status, code) => {
    const reply = await post(faulty({ validate: fault }));
    expect(reply).toMatchObject({ status, body: { code } });
    expect(reply.headers['retry-after'] !== undefined).toBe(status === 429);
  });

  test.each(['hang', 'hang_deaf'])('that hangs past the deadline causes a 504: %s', async (fault) => {
    const reply = await replyTo('POST', '/v1/tenants', { body: faulty({ provision: fault }) }, 600);
    expect(reply).toMatchObject({ status: 504, body: { code: 'timeout', retryable: true } });
  });

  test('receives the deadline as an aborted signal, so that its work ends', async () => {
    // The response takes half a second of it; the rest has to suffice to reach the provider on a busy machine.
    const server = await startTestServer({ functionTimeout: 2_500 });
    await send(server.url, 'POST', '/v1/tenants', { body: faulty({ provision: 'hang' }) });
    await expect
      .poll(() => readFileSync(server.logFile, 'utf8'))
      .toContain('"error":"timed out: no answer within 2 s"');
  });
});
