import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { routes } from '../../../../functions/operations.ts';
import { memorySpec } from '../../../functions/invoke.ts';
import { send, startTestServer } from '../fixture.ts';

/** Sends raw bytes, which an HTTP client would refuse, and reads until the host closes the connection. */
async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  socket.on('close', () => resolve(received));
  socket.on('error', reject);
  socket.write(text, 'latin1');
  return promise;
}

const local = 'Host: localhost\r\nConnection: close\r\n';
const statusesOf = (answer: string) =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

describe('a request that two servers could parse differently is refused', () => {
  test.each([
    [
      'both lengths',
      `${local}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/providers HTTP/1.1\r\n\r\n`,
      400,
    ],
    ['two lengths', `${local}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, 400],
    ['an unknown encoding', `${local}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
    ['a space before the colon', `${local}Content-Length : 2\r\n\r\n{}`, 400],
    ['a header over two lines', `${local}X-A: a\r\n b\r\n\r\n`, 400],
    ['NUL in a header', `${local}X-A: a\0b\r\n\r\n`, 400],
    ['a bare line feed', 'Host: localhost\n\n', 400],
    ['no host', 'Connection: close\r\n\r\n', 421],
    ['two hosts', `Host: localhost\r\n${local.replace('localhost', 'evil.example')}\r\n`, 421],
    ['two hosts, a local one last', `Host: evil.example\r\n${local}\r\n`, 421],
    ['a thousand headers', `${local}${'A: b\r\n'.repeat(2000)}\r\n`, 431],
    [
      'a chunk with an endless extension',
      `${local}Transfer-Encoding: chunked\r\n\r\n2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      413,
    ],
  ])('%s', async (_, rest, status) => {
    const { url } = await startTestServer();
    const answer = await exchange(url, `POST /v1/tenants HTTP/1.1\r\n${rest}`);
    expect(statusesOf(answer)).toEqual([status]);
    expect(answer).toContain('content-type: application/problem+json');
    expect((await send(url, 'GET', '/v1/tenants')).body.tenants).toEqual([]);
  });

  test.each([
    'GET http://evil.example/v1/providers HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET /v1/tenants/\xd0\xb0 HTTP/1.1',
    'PRI * HTTP/2.0',
    '\x16\x03\x01\x02\x00\x01',
  ])('%j as its request line', async (line) => {
    const { url } = await startTestServer();
    const answer = await exchange(url, `${line}\r\n${local}\r\n`);
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain('"code":"bad_request"');
  });

  test('a tunnel to another machine: the connection is closed without a response', async () => {
    const { url } = await startTestServer();
    expect(await exchange(url, `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${local}\r\n`)).toBe('');
  });
});

test('a request target in absolute form is served, and its authority stands for the host', async () => {
  const { url } = await startTestServer();
  const { host } = new URL(url);
  for (const target of [`http://${host}/v1/providers`, `HTTP://localhost/v1/tenants?limit=1`]) {
    expect(statusesOf(await exchange(url, `GET ${target} HTTP/1.1\r\n${local}\r\n`))).toEqual([200]);
  }
  const page = `Origin: http://evil.example\r\n${local}\r\n`;
  expect(statusesOf(await exchange(url, `GET http://${host}/v1/providers HTTP/1.1\r\n${page}`))).toEqual([403]);
  const foreignHost = 'Host: evil.example\r\nConnection: close\r\n\r\n';
  expect(statusesOf(await exchange(url, `GET http://${host}/v1/providers HTTP/1.1\r\n${foreignHost}`))).toEqual([200]);
});

test('HEAD of a route of GET has the status and the headers of GET, and no body', async () => {
  const { url } = await startTestServer();
  const [got, head] = await Promise.all(
    ['GET', 'HEAD'].map((method) => exchange(url, `${method} /v1/providers HTTP/1.1\r\n${local}\r\n`)),
  );
  const headersOf = (answer = '') => answer.split('\r\n\r\n')[0]?.replace(/^(?:date|x-request-id): .*$/gim, '');
  expect(headersOf(head)).toBe(headersOf(got));
  expect(head).toMatch(/\r\n\r\n$/);
  expect(statusesOf(await exchange(url, `HEAD /v1/tenants/validate HTTP/1.1\r\n${local}\r\n`))).toEqual([404]);
});

test('an unknown expectation and the offer of another protocol change nothing', async () => {
  const { url } = await startTestServer();
  for (const header of ['Expect: magic', 'Upgrade: websocket\r\nConnection: upgrade, close']) {
    const answer = await exchange(url, `GET /v1/providers HTTP/1.1\r\n${header}\r\n${local}\r\n`);
    expect([header, statusesOf(answer)]).toEqual([header, [200]]);
  }
});

test('trailers after the body are ignored', async () => {
  const { url } = await startTestServer();
  const body = JSON.stringify(memorySpec());
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\nIdempotency-Key: a b\r\nHost: evil.example\r\n\r\n`;
  const head = `POST /v1/tenants HTTP/1.1\r\n${local}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  expect(statusesOf(await exchange(url, head + chunked))).toEqual([201]);
});

test('headers of a proxy change neither the caller nor the route', async () => {
  const { url } = await startTestServer();
  const headers = {
    authorization: ['AWS4-HMAC-SHA256 Credential=root', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.'],
    'x-forwarded-for': '169.254.169.254',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-user': 'root',
    'x-original-url': '/v1/providers',
    'x-rewrite-url': '/v1/providers',
    'x-http-method-override': 'DELETE',
    'x-amzn-request-context': '{"authorizer":{"iam":{"userArn":"root"}}}',
    'x-request-id': 'mine\t1',
    requestcontext: '{"authorizer":{"jwt":{"claims":{"sub":"root"}}}}',
  };
  const made = await send(url, 'POST', '/v1/tenants', { body: memorySpec(), headers });
  expect(made).toMatchObject({ status: 201 });
  expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const revisions = await send(url, 'GET', '/v1/tenants/acme/revisions', { headers });
  expect(revisions).toMatchObject({ status: 200, body: { revisions: [{ actor: 'local' }] } });
});

describe('a path parameter', () => {
  const hostile = [
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f',
    '%252e%252e%252f',
    'a%00b',
    'a%0d%0ax-injected:%201',
    '%1b%5b31m',
    'a'.repeat(9000),
    'ACME',
    '%D0%B0cme',
    '%EF%BD%81cme',
    '%F0%9F%9A%A2',
    'con.',
    '-rf',
    '--help',
    '%20',
    '__proto__',
    '$(id)',
    '{tenant_id}',
    '*',
  ];
  const open = routes.filter(({ path }) => path.includes('{'));

  test.each(open.map(({ operation, method, path }) => [operation, method, path] as const))(
    'of %s that is malformed gets 404 or 422',
    async (operation, method, path) => {
      const { url, logFile, close } = await startTestServer();
      const body = { 'update-tenant': memorySpec(), 'rollback-tenant': { revision: 1 } }[operation as string];
      for (const value of hostile) {
        const target = path.replace(/\{\w+\}/, () => value);
        const reply = await send(url, method, target, body ? { body } : {});
        expect([value, [404, 422].includes(reply.status)]).toEqual([value, true]);
        expect(reply.headers).not.toHaveProperty('x-injected');
      }
      await close();
      const { length } = readLines(logFile).filter(({ message }) => message === 'request completed');
      expect(length).toBe(hostile.length);
    },
  );
});

test('hostile texts stay within one line of JSON, in every field of the log', async () => {
  const { url, logFile, close } = await startTestServer();
  const forged = 'a\r\n{"level":"ERROR","message":"forged"}\u001b[2J\u2028\ud800';
  const spec = memorySpec({ labels: { [forged]: forged }, containers: [{ name: forged, image: forged }], [forged]: 1 });
  await send(url, 'POST', '/v1/tenants', { body: spec });
  await send(url, 'POST', '/v1/tenants', { body: memorySpec({ provider_type: forged }) });
  await send(url, 'GET', `/v1/tenants?label=${encodeURIComponent(forged.toWellFormed())}`);
  await send(url, 'GET', '/v1/providers', { headers: { 'user-agent': '{"level":"ERROR","message":"forged"}' } });
  await close();
  const text = readFileSync(logFile, 'utf8');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  expect(readLines(logFile).map(({ message }) => message)).not.toContain('forged');
});

function readLines(logFile: string): { message?: string }[] {
  return readFileSync(logFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
