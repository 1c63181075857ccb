import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startLocalServer } from '../../../infra/local/server.ts';
import { memorySpec } from '../../functions/invoke.ts';
import { memoryProvider, send, startTestServer, temporaryDirectory } from './fixture.ts';

test('a tenant is provisioned, updated, read and destroyed over HTTP', async () => {
  const { url } = await startTestServer();
  const body = memorySpec();
  expect(await send(url, 'POST', '/v1/tenants/validate', { body })).toMatchObject({
    status: 200,
    body: { valid: true },
  });
  expect(await send(url, 'POST', '/v1/tenants', { body })).toMatchObject({ status: 201, body: { status: 'success' } });
  expect(await send(url, 'POST', '/v1/tenants', { body })).toMatchObject({ status: 200 });
  const changed = memorySpec({ resources: { cpu: 500, memory: 128 } });
  expect(await send(url, 'POST', '/v1/tenants', { body: changed })).toMatchObject({ status: 409 });
  expect(await send(url, 'PUT', '/v1/tenants/acme', { body: changed })).toMatchObject({
    status: 200,
    body: { changes: ['/resources/cpu'] },
  });
  expect(await send(url, 'GET', '/v1/tenants/acme/status')).toMatchObject({
    status: 200,
    headers: { age: '0', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body: { state: 'running' },
  });
  expect(await send(url, 'GET', '/v1/providers')).toMatchObject({ status: 200, text: '{"providers":["memory"]}' });
  expect(await send(url, 'GET', '/v1/providers/memory')).toMatchObject({ status: 200, body: { name: 'memory' } });
  const gone = await send(url, 'DELETE', '/v1/tenants/acme');
  expect(gone).toMatchObject({ status: 204, text: '' });
  expect(gone.headers).not.toHaveProperty('content-length');
  expect(await send(url, 'DELETE', '/v1/tenants/acme?provider=memory')).toMatchObject({ status: 204 });
  expect(await send(url, 'GET', '/v1/tenants/acme/status')).toMatchObject({ status: 404 });
});

test('ten concurrent requests provision ten tenants', async () => {
  const { url } = await startTestServer({ providers: { memory: { type: 'memory', latency_ms: 20 } } });
  const ids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);
  const made = await Promise.all(
    ids.map((tenant_id) => send(url, 'POST', '/v1/tenants', { body: memorySpec({ tenant_id }) })),
  );
  expect(made.map(({ status, body }) => [status, body.tenant_id])).toEqual(ids.map((id) => [201, id]));
  const statuses = await Promise.all(ids.map((id) => send(url, 'GET', `/v1/tenants/${id}/status?provider=memory`)));
  expect(statuses.map(({ body }) => body.health)).toEqual(ids.map(() => 'healthy'));
});

test('ten concurrent requests for one tenant provision it once', async () => {
  const { url } = await startTestServer({ providers: { memory: { type: 'memory', latency_ms: 20 } } });
  const made = await Promise.all(
    Array.from({ length: 10 }, () => send(url, 'POST', '/v1/tenants', { body: memorySpec() })),
  );
  expect(new Set(made.map(({ headers }) => headers.location)).size).toBe(1);
  expect(made.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(made.every(({ status }) => [200, 201, 202].includes(status))).toBe(true);
});

test('the response and the log line of a request have the same id', async () => {
  const server = await startTestServer();
  const { headers, body } = await send(server.url, 'GET', '/v1/tenants/absent/status');
  expect(headers['x-request-id']).toBe(body.request_id);
  await server.close();
  const log = readFileSync(server.logFile, 'utf8').trim().split('\n');
  const completed = log.map((line) => JSON.parse(line)).filter((line) => line.message === 'request completed');
  expect(completed).toEqual([expect.objectContaining({ request_id: body.request_id, status: 404 })]);
});

test('close finishes the requests under way, refuses new ones, and frees the directory for the next host', async () => {
  const dataDir = temporaryDirectory();
  const server = await startTestServer({ dataDir, providers: { memory: { type: 'memory', latency_ms: 300 } } });
  const { url } = server;
  await expect(startLocalServer({ port: 0, dataDir, providers: memoryProvider })).rejects.toThrow('Another Berth');
  const underWay = send(url, 'POST', '/v1/tenants', { body: memorySpec() });
  await expect.poll(() => readFileSync(server.logFile, 'utf8')).toContain('provisioning tenant');
  const closed = server.close();
  await expect(send(url, 'GET', '/v1/providers')).rejects.toThrow('ECONNREFUSED');
  expect(await underWay).toMatchObject({ status: 201, headers: { connection: 'close' } });
  await closed;
  const next = await startTestServer({ dataDir });
  expect(await send(next.url, 'GET', '/v1/providers')).toMatchObject({ status: 200 });
});

test('close is idempotent', async () => {
  const server = await startTestServer();
  await Promise.all([server.close(), server.close()]);
  await server.close();
});

test('a taken port is reported, and the directory is free afterwards', async () => {
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  const other = createServer().listen(0, '127.0.0.1', resolve);
  await listening;
  const { port } = other.address() as { port: number };
  const dataDir = temporaryDirectory();
  await expect(startLocalServer({ port, dataDir, providers: memoryProvider })).rejects.toThrow(`Port ${port} is taken`);
  other.close();
  await startTestServer({ dataDir });
});

test('wrong settings of a provider stop the start, and their values are not shown', async () => {
  const dataDir = temporaryDirectory();
  const wrong = { memory: { type: 'memory', latency_ms: 'canary' } };
  const starting = startLocalServer({ port: 0, dataDir, providers: wrong });
  await expect(starting).rejects.toThrow(/BERTH_PROVIDERS\/memory: .*latency_ms/);
  await expect(starting).rejects.not.toThrow('canary');
});

/** Sends raw bytes, and returns everything received until the host closes the connection. */
async function sendRaw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(text);
  return (await socket.setEncoding('utf8').toArray()).join('');
}

test.each([
  ['GET /v1/providers HTTP/1.1\r\nhost: localhost\r\nx: ' + 'a'.repeat(10_300) + '\r\n\r\n', 431, 'headers_too_large'],
  ['GET /v1/providers?' + 'a'.repeat(10_300) + ' HTTP/1.1\r\nhost: localhost\r\n\r\n', 431, 'headers_too_large'],
  ['NONSENSE\r\n\r\n', 400, 'bad_request'],
  ['GET * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400, 'bad_request'],
])('bytes that are hardly HTTP get a problem document', async (text, status, code) => {
  const { url } = await startTestServer();
  const answer = await sendRaw(url, text);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain('content-type: application/problem+json');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
});

test('a caller that disconnects within its request does not affect others', async () => {
  const { url } = await startTestServer();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /v1/tenants HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
  socket.destroySoon();
  expect(await send(url, 'GET', '/v1/providers')).toMatchObject({ status: 200 });
});
