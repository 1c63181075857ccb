import { expect, onTestFinished, test } from 'vitest';
import { findRoute } from '../../infra/local/http/find-route.ts';
import { type AnnouncementEnvelope, createClient, ProblemError, WaitTimeoutError } from '../../src/client/index.ts';
import { memorySpec } from '../functions/invoke.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { expectDocumented } from '../support/documented.ts';

const providers = { memory: { type: 'memory' }, slow: { type: 'memory', in_progress_ms: 700 } };

/** Starts a host, and a client that checks every answer against the OpenAPI document. */
async function startClient() {
  const { url } = await startTestServer({ providers });
  return createClient({
    endpoint: url,
    async fetch(input, init) {
      const response = await fetch(input, init);
      const type = response.headers.get('content-type');
      if (type === 'text/event-stream') return response;
      const { operation } = findRoute(init?.method ?? '', new URL(String(input)).pathname);
      const text = await response.clone().text();
      const headers = Object.fromEntries(response.headers);
      expectDocumented(operation, { status: response.status, headers, body: text ? JSON.parse(text) : undefined });
      return response;
    },
  });
}

const bigger = memorySpec({ resources: { cpu: 256, memory: 128 } });

test('a tenant is provisioned, updated, rolled back, read and destroyed', async () => {
  const client = await startClient();
  expect((await client.validateTenantSpec(memorySpec())).data.valid).toBe(true);
  expect((await client.planTenant(memorySpec())).data).toMatchObject({ action: 'provision', revision: null });
  const first = await client.provisionTenant(memorySpec());
  expect(first).toMatchObject({ status: 201, etag: '"1"', data: { tenant_id: 'acme', status: 'success' } });
  expect(first.operationId).toMatch(/^acme\./);
  const { data: operation } = await client.getOperation(first.operationId ?? '');
  expect(operation).toMatchObject({ type: 'provision', state: 'succeeded' });
  expect((await client.provisionTenant(memorySpec())).status).toBe(200);
  const second = await client.updateTenant('acme', bigger, { ifMatch: '"1"' });
  expect(second).toMatchObject({ status: 200, etag: '"2"', data: { changes: ['/resources/cpu'] } });
  const third = await client.rollbackTenant('acme', 1, { ifMatch: '"2"' });
  expect(third).toMatchObject({ status: 200, etag: '"3"', data: { status: 'success' } });
  expect((await client.getTenant('acme')).data).toMatchObject({ phase: 'ready', revision: 3, spec: memorySpec() });
  expect((await client.getTenantStatus('acme')).data.state).toBe('running');
  expect((await client.listRevisions('acme')).data.revisions.map(({ revision }) => revision)).toEqual([3, 2, 1]);
  expect((await client.listRevisions('acme', { limit: 1 })).data.revisions).toHaveLength(1);
  const { operations } = (await client.listOperations('acme')).data;
  expect(operations.map(({ type }) => type)).toEqual(['rollback', 'update', 'provision']);
  const gone = await client.destroyTenant('acme', { provider: 'memory' });
  expect([gone.status, gone.data]).toEqual([204, undefined]);
  expect((await client.getTenant('acme')).data.phase).toBe('destroyed');
});

test('providers are listed and described', async () => {
  const client = await startClient();
  expect((await client.listProviders()).data.providers).toEqual(['memory', 'slow']);
  expect((await client.getProvider('slow')).data).toMatchObject({
    name: 'slow',
    config_defaults: { in_progress_ms: 700 },
  });
});

test('tenants are listed by page, by filter, and with an iterator', async () => {
  const client = await startClient();
  for (const id of ['a', 'b', 'c']) {
    await client.provisionTenant(
      memorySpec({ tenant_id: id, labels: { tier: id === 'b' ? 'gold:1' : 'none', all: 'x' } }),
    );
  }
  const { data } = await client.listTenants({ limit: 2 });
  expect(data.tenants.map(({ tenant_id }) => tenant_id)).toEqual(['a', 'b']);
  const rest = await client.listTenants({ limit: 2, cursor: data.next_cursor ?? '' });
  expect(rest.data.tenants.map(({ tenant_id }) => tenant_id)).toEqual(['c']);
  const all: string[] = [];
  for await (const { tenant_id } of client.tenants({ limit: 1, provider: 'memory', phase: 'ready' }))
    all.push(tenant_id);
  expect(all).toEqual(['a', 'b', 'c']);
  const gold = await client.listTenants({ label: { tier: 'gold:1', all: 'x' } });
  expect(gold.data.tenants.map(({ tenant_id }) => tenant_id)).toEqual(['b']);
});

test('a fresh status bypasses the cache', async () => {
  const { url } = await startTestServer({ providers, statusMaxAge: 60_000 });
  const client = createClient({ endpoint: url });
  await client.provisionTenant(memorySpec());
  const read = async (options = {}) => (await client.getTenantStatus('acme', options)).data.last_updated;
  const first = await read();
  await expect.poll(() => new Date().toISOString()).not.toBe(first);
  expect(await read()).toBe(first);
  expect(await read({ fresh: true, provider: 'memory' })).not.toBe(first);
});

test('logs of a provider without them are unsupported', async () => {
  const client = await startClient();
  await client.provisionTenant(memorySpec());
  await expect(client.getTenantLogs('acme', { container: 'web', tail: 5 })).rejects.toMatchObject({
    name: 'ProblemError',
    code: 'unsupported',
    status: 501,
  });
});

test('a problem document becomes an error with all its members', async () => {
  const client = await startClient();
  const problem = await client.provisionTenant(memorySpec({ containers: [] })).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(ProblemError);
  expect(problem).toMatchObject({
    status: 422,
    code: 'invalid_spec',
    detail: 'invalid compute specification: at least one container required',
    message: 'invalid compute specification: at least one container required',
    hint: expect.stringContaining('Correct the fields'),
    retryable: false,
    errors: [{ pointer: '/containers', detail: 'at least one container required' }],
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    operationId: undefined,
  });
  await client.provisionTenant(memorySpec());
  await expect(client.updateTenant('acme', bigger, { ifMatch: '"7"' })).rejects.toMatchObject({ status: 412 });
});

test('a change during an operation is refused with its id, without a retry', async () => {
  const { url } = await startTestServer({ providers });
  const client = createClient({ endpoint: url, onRetry: () => expect.unreachable() });
  const body = memorySpec({ provider_type: 'slow' });
  const first = await client.provisionTenant(body);
  expect(first.status).toBe(202);
  await expect(client.provisionTenant({ ...body, resources: { cpu: 256, memory: 128 } })).rejects.toMatchObject({
    code: 'operation_in_progress',
    operationId: first.operationId,
  });
});

test('waitForOperation returns the ended operation and reports progress', async () => {
  const client = await startClient();
  const { operationId = '' } = await client.provisionTenant(memorySpec({ provider_type: 'slow' }));
  const seen: string[] = [];
  const ended = await client.waitForOperation(operationId, { onProgress: ({ state }) => seen.push(state) });
  expect(ended).toMatchObject({ state: 'succeeded', result: { status: 'success' } });
  expect([seen[0], seen.at(-1)]).toEqual(['running', 'succeeded']);
});

test('waitForOperation throws after its timeout, with the operation', async () => {
  const { url } = await startTestServer({ providers: { never: { type: 'memory', in_progress_ms: 600_000 } } });
  const client = createClient({ endpoint: url });
  const { operationId = '' } = await client.provisionTenant(memorySpec({ provider_type: 'never' }));
  const error = await client.waitForOperation(operationId, { timeoutMs: 300 }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WaitTimeoutError);
  expect(error).toMatchObject({ operationId, operation: { state: 'running' } });
  const reason = new Error('enough');
  const stop = new AbortController();
  const waiting = client.waitForOperation(operationId, { signal: stop.signal, onProgress: () => stop.abort(reason) });
  await expect(waiting).rejects.toBe(reason);
});

test('repeated calls with one idempotency key take effect once', async () => {
  const client = await startClient();
  const idempotencyKey = 'once';
  const first = await client.provisionTenant(memorySpec(), { idempotencyKey });
  const again = await client.provisionTenant(memorySpec(), { idempotencyKey });
  expect([again.status, again.operationId]).toEqual([first.status, first.operationId]);
  await expect(client.provisionTenant(bigger, { idempotencyKey })).rejects.toMatchObject({
    code: 'idempotency_mismatch',
  });
});

test('events resume after the last id and filter by tenant', async () => {
  const client = await startClient();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const all: AnnouncementEnvelope[] = [];
  const following = (async () => {
    for await (const event of client.events({ lastEventId: '0', signal: stop.signal })) {
      all.push(event);
      if (all.length === 3) return;
    }
  })();
  for (const tenant_id of ['acme', 'other']) await client.provisionTenant(memorySpec({ tenant_id }));
  await client.destroyTenant('acme');
  await following;
  expect(all.map(({ 'detail-type': type }) => type).sort()).toEqual([
    'Tenant Destroyed',
    'Tenant Provisioned',
    'Tenant Provisioned',
  ]);
  const wanted: string[] = [];
  for await (const event of client.events({ lastEventId: '0', tenant: 'acme', signal: stop.signal })) {
    const { data } = event.detail;
    wanted.push(`${'tenant_id' in data ? data.tenant_id : ''} ${event['detail-type']}`);
    if (wanted.length === 2) break;
  }
  expect(wanted).toEqual(['acme Tenant Provisioned', 'acme Tenant Destroyed']);
});
