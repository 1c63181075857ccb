import { beforeEach, describe, expect, test } from 'vitest';
import { handler as destroyTenant } from '../../functions/destroy-tenant.ts';
import { handler as getOperation } from '../../functions/get-operation.ts';
import { handler as getTenant } from '../../functions/get-tenant.ts';
import { handler as getTenantStatus } from '../../functions/get-tenant-status.ts';
import { handler as listOperations } from '../../functions/list-operations.ts';
import { handler as listRevisions } from '../../functions/list-revisions.ts';
import { handler as listTenants } from '../../functions/list-tenants.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { handler as rollbackTenant } from '../../functions/rollback-tenant.ts';
import type { Services } from '../../functions/runtime/setup/services.ts';
import { handler as updateTenant } from '../../functions/update-tenant.ts';
import { specHash } from '../../src/compute/spec/spec-diff.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

const path = { tenant_id: 'acme' };
const bigger = memorySpec({ resources: { cpu: 256, memory: 128 } });
let services: Services;

beforeEach(async () => {
  services = await useServices({ memory: { type: 'memory' }, slow: { type: 'memory', in_progress_ms: 60_000 } });
});

function withEnv(value: string, image = 'busybox:1') {
  return memorySpec({ containers: [{ name: 'web', image, env: { TOKEN: value } }] });
}

function operationOf(answer: { headers: Record<string, unknown> }): Record<string, string> {
  return { operation_id: String(answer.headers.location).slice('/v1/operations/'.length) };
}

describe('a tenant', () => {
  test('is shown with its desired state, its conditions and its last operation', async () => {
    await invoke(provisionTenant, { body: memorySpec({ labels: { team: 'blue' } }) });
    const { status, headers, body } = await invoke(getTenant, { path });
    expect(status).toBe(200);
    expect(headers.etag).toBe('"1"');
    expect(body).toMatchObject({
      tenant_id: 'acme',
      phase: 'ready',
      revision: 1,
      serving_revision: 1,
      spec: { tenant_id: 'acme', labels: { team: 'blue' } },
      last_operation: { type: 'provision', state: 'succeeded', actor: 'local', request_id: 'request-1' },
    });
    const conditions = body.conditions.map(({ type, status }: { type: string; status: boolean }) => [type, status]);
    expect(conditions).toEqual([
      ['Ready', true],
      ['Progressing', false],
      ['Degraded', false],
    ]);
  });

  test('never shows an env value, and accepts the placeholder for the stored value', async () => {
    await invoke(provisionTenant, { body: withEnv('canary-1') });
    const shown = await invoke(getTenant, { path });
    expect(JSON.stringify(shown)).not.toContain('canary-1');
    expect(shown.body.spec.containers[0].env).toEqual({ TOKEN: '[redacted]' });
    const image = 'busybox:2';
    const changed = { ...shown.body.spec, containers: [{ ...shown.body.spec.containers[0], image }] };
    expect(await invoke(updateTenant, { path, body: changed })).toMatchObject({ status: 200 });
    expect((await services.tenants.get('acme')).desired.spec.containers[0]?.env).toEqual({ TOKEN: 'canary-1' });
  });

  test('cannot be provisioned with a placeholder', async () => {
    expect(await invoke(provisionTenant, { body: withEnv('[redacted]') })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/containers/0/env/TOKEN' }] },
    });
  });

  test('that was destroyed can be read but has no status, and its id can be provisioned again', async () => {
    const first = await invoke(provisionTenant, { body: memorySpec() });
    await invoke(destroyTenant, { path });
    expect(await invoke(getTenant, { path })).toMatchObject({ status: 200, body: { phase: 'destroyed' } });
    expect((await invoke(getTenantStatus, { path })).status).toBe(404);
    const second = await invoke(provisionTenant, { body: memorySpec() });
    expect(second.status).toBe(201);
    expect(second.headers.location).not.toBe(first.headers.location);
    expect(second.headers.etag).toBe('"2"');
  });

  test('that was never provisioned is not found', async () => {
    for (const handler of [getTenant, getTenantStatus, listRevisions]) {
      expect(await invoke(handler, { path })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
    }
  });
});

describe('an operation', () => {
  test('is found at its Location, and a request can wait for its end', async () => {
    const answer = await invoke(provisionTenant, { body: memorySpec() });
    const found = await invoke(getOperation, { path: operationOf(answer), query: { wait: '1' } });
    expect(found).toMatchObject({ status: 200, body: { state: 'succeeded', type: 'provision', revision: 1 } });
    expect(found.body).not.toHaveProperty('idempotency');
  });

  test('in progress is joined by the same request and refuses another provision, with its Location', async () => {
    const body = memorySpec({ provider_type: 'slow' });
    const first = await invoke(provisionTenant, { body });
    expect(first.status).toBe(202);
    const again = await invoke(provisionTenant, { body });
    expect([again.status, again.headers.location]).toEqual([202, first.headers.location]);
    const other = await invoke(provisionTenant, { body: { ...body, resources: { cpu: 256, memory: 128 } } });
    expect(other).toMatchObject({
      status: 409,
      headers: { 'retry-after': '2', location: first.headers.location },
      body: { code: 'operation_in_progress', retryable: true, ...operationOf(first) },
    });
  });

  test('in progress is cancelled by a destroy', async () => {
    const first = await invoke(provisionTenant, { body: memorySpec({ provider_type: 'slow' }) });
    expect((await invoke(destroyTenant, { path })).status).toBe(204);
    expect(await invoke(getOperation, { path: operationOf(first) })).toMatchObject({
      body: { state: 'cancelled', error: { code: 'operation_cancelled' } },
    });
  });

  test('that failed names the reason, the fault, and whether the old version still serves', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    const body = memorySpec({ provider_config: { faults: { update: 'failed' } } });
    const failed = await invoke(updateTenant, { path, body });
    expect(failed).toMatchObject({ status: 502, body: { code: 'update_failed' } });
    const { body: tenant } = await invoke(getTenant, { path });
    expect(tenant).toMatchObject({
      phase: 'failed',
      revision: 2,
      serving_revision: 1,
      last_operation: { state: 'failed', error: { code: 'update_failed', fault: 'provider', usable: true } },
    });
    expect(tenant.conditions[0]).toMatchObject({ type: 'Ready', status: false, reason: 'PreviousRevisionServing' });
  });

  test.each(['', 'nonsense', 'acme.0.1', `acme.${'a'.repeat(12)}.1`])('of the id %j is not found', async (id) => {
    expect(await invoke(getOperation, { path: { operation_id: id } })).toMatchObject({
      status: 404,
      body: { code: 'operation_not_found' },
    });
  });
});

describe('revisions', () => {
  test('name actor and changes, and a rollback makes an old one the desired one', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    await invoke(updateTenant, { path, body: bigger });
    const back = await invoke(rollbackTenant, { path, body: { revision: 1 } });
    expect(back).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: { changes: ['/resources/cpu'] } });
    const { body } = await invoke(listRevisions, { path });
    expect(body.revisions).toMatchObject([
      { revision: 3, actor: 'local', changed: ['/resources/cpu'], rollback_of: 1 },
      { revision: 2, actor: 'local', changed: ['/resources/cpu'] },
      { revision: 1, actor: 'local', changed: [] },
    ]);
  });

  test('and operations beyond a page are listed by cursor, which belongs to the list and its caller', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    for (let number = 1; number <= 104; number += 1) {
      await invoke(updateTenant, { path, body: memorySpec({ labels: { number: String(number) } }) });
    }
    const all = async (handler: typeof listRevisions, key: 'revisions' | 'operations', limit: number) => {
      const pages: number[] = [];
      const found: string[] = [];
      for (let query: Record<string, string> = { limit: String(limit) }; ; ) {
        const { status, body } = await invoke(handler, { path, query });
        expect(status).toBe(200);
        pages.push(body[key].length);
        found.push(...body[key].map((entry: { operation_id: string }) => entry.operation_id));
        if (body.next_cursor === null) return { pages, found };
        query = { limit: String(limit), cursor: body.next_cursor };
      }
    };
    for (const [handler, key] of [
      [listRevisions, 'revisions'],
      [listOperations, 'operations'],
    ] as const) {
      const { pages, found } = await all(handler, key, 100);
      expect(pages).toEqual([100, 5]);
      expect(new Set(found).size).toBe(105);
      expect((await all(handler, key, 1)).found).toEqual(found);
    }
    const { body } = await invoke(listRevisions, { path, query: { limit: '1' } });
    const query = { limit: '1', cursor: body.next_cursor };
    expect(await invoke(listOperations, { path, query })).toMatchObject({ status: 422 });
    const requestContext = { requestId: 'r', authorizer: { iam: { userArn: 'arn:aws:iam::1:user/eve' } } } as never;
    expect(await invoke(listRevisions, { path, query, event: { requestContext } })).toMatchObject({ status: 422 });
  });

  test.each([
    [{ revision: 9 }, 404, 'revision_not_found'],
    [{ revision: 0 }, 422, 'invalid_request'],
    [{}, 422, 'invalid_request'],
    [{ revision: 1, surprise: 1 }, 422, 'invalid_request'],
  ])('refuse the rollback %j', async (body, status, code) => {
    await invoke(provisionTenant, { body: memorySpec() });
    expect(await invoke(rollbackTenant, { path, body })).toMatchObject({ status, body: { code } });
  });

  test.each([
    ['"1"', 200],
    ['1', 200],
    ['*', 200],
    ['"2"', 412],
    ['W/"1"', 412],
    ['"abc"', 412],
    ['abc', 422],
    ['', 422],
  ])('with If-Match %s an update gets %i', async (header, status) => {
    await invoke(provisionTenant, { body: memorySpec() });
    expect(await invoke(updateTenant, { path, body: bigger, headers: { 'if-match': header } })).toMatchObject({
      status,
    });
  });
});

describe('an idempotency key', () => {
  const key = { 'idempotency-key': 'key-1' };

  test('repeats the answer to the same request, even after other changes', async () => {
    const first = await invoke(provisionTenant, { body: memorySpec(), headers: key });
    await invoke(updateTenant, { path, body: bigger });
    const again = await invoke(provisionTenant, { body: memorySpec(), headers: key });
    expect([again.status, again.body, again.headers]).toEqual([201, first.body, first.headers]);
    expect((await invoke(getTenant, { path })).body.revision).toBe(2);
  });

  test('is refused with another request, even about another tenant', async () => {
    await invoke(provisionTenant, { body: memorySpec(), headers: key });
    for (const body of [bigger, memorySpec({ tenant_id: 'other' })]) {
      const answer = await invoke(provisionTenant, { body, headers: key });
      expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    }
  });

  test('of a destroy or a rollback does nothing to another tenant, and says so', async () => {
    for (const tenant_id of ['acme', 'other']) {
      await invoke(provisionTenant, { body: memorySpec({ tenant_id }) });
      await invoke(updateTenant, { path: { tenant_id }, body: { ...bigger, tenant_id } });
    }
    const mismatch = { status: 422, body: { code: 'idempotency_mismatch' } };
    const other = { tenant_id: 'other' };
    const back = { body: { revision: 1 }, headers: { 'idempotency-key': 'key-2' } };
    expect((await invoke(rollbackTenant, { path, ...back })).status).toBe(200);
    expect(await invoke(rollbackTenant, { path: other, ...back })).toMatchObject(mismatch);
    expect((await invoke(destroyTenant, { path, headers: key })).status).toBe(204);
    expect(await invoke(destroyTenant, { path: other, headers: key })).toMatchObject(mismatch);
    expect((await invoke(getTenant, { path: other })).body).toMatchObject({ phase: 'ready', revision: 2 });
  });

  test('of an answer that changed nothing repeats that answer after other changes', async () => {
    await invoke(provisionTenant, { body: memorySpec() });
    const first = await invoke(updateTenant, { path, body: memorySpec(), headers: key });
    await invoke(updateTenant, { path, body: bigger });
    const again = await invoke(updateTenant, { path, body: memorySpec(), headers: key });
    expect([again.status, again.body, again.headers]).toEqual([200, first.body, first.headers]);
  });

  test('of an operation that failed unexpectedly says that the key cannot retry it', async () => {
    const body = memorySpec({ provider_config: { faults: { provision: 'internal' } } });
    const first = await invoke(provisionTenant, { body, headers: key });
    const again = await invoke(provisionTenant, { body, headers: key });
    for (const answer of [first, again]) expect(answer.body).toMatchObject({ retryable: false });
    expect(again.body).toEqual(first.body);
  });

  test('belongs to the role of its caller, not to the session', async () => {
    const role = 'arn:aws:sts::111122223333:assumed-role/deployer';
    const as = (userArn: string) => ({ requestContext: { requestId: 'r', authorizer: { iam: { userArn } } } as never });
    const first = await invoke(provisionTenant, { body: memorySpec(), headers: key, event: as(`${role}/1`) });
    const again = await invoke(provisionTenant, { body: memorySpec(), headers: key, event: as(`${role}/2`) });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await services.tenants.get('acme')).operation.actor).toBe(`${role}/1`);
    const other = await invoke(destroyTenant, { path, headers: key, event: as(`${role}/2`) });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test('belongs to its caller', async () => {
    await invoke(provisionTenant, { body: memorySpec(), headers: key });
    const requestContext = { requestId: 'r', authorizer: { iam: { userArn: 'arn:aws:iam::1:user/eve' } } } as never;
    const body = memorySpec({ tenant_id: 'other' });
    expect(await invoke(provisionTenant, { body, headers: key, event: { requestContext } })).toMatchObject({
      status: 201,
    });
  });

  test('of a request in progress leads to its operation', async () => {
    const body = memorySpec({ provider_type: 'slow' });
    const first = await invoke(provisionTenant, { body, headers: key });
    const again = await invoke(provisionTenant, { body, headers: key });
    expect([again.status, again.headers.location]).toEqual([202, first.headers.location]);
  });

  test.each(['', ' ', 'a'.repeat(256), 'ключ', 'two words', '🙂'])('of the text %j is refused', async (value) => {
    const answer = await invoke(provisionTenant, { body: memorySpec(), headers: { 'idempotency-key': value } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/headers/idempotency-key' }] } });
  });
});

describe('the list of tenants', () => {
  test('is sorted by id, has pages, and is filtered by provider, phase and labels', async () => {
    for (const id of ['c', 'a', 'b']) {
      await invoke(provisionTenant, {
        body: memorySpec({ tenant_id: id, labels: { tier: id === 'b' ? 'gold' : 'free' } }),
      });
    }
    const ids = async (query: Record<string, string>) => {
      const { body } = await invoke(listTenants, { query });
      return body.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id);
    };
    expect(await ids({})).toEqual(['a', 'b', 'c']);
    expect(await ids({ label: 'tier:free' })).toEqual(['a', 'c']);
    expect(await ids({ label: 'tier:free,tier:gold' })).toEqual(['b']);
    expect(await ids({ provider: 'slow' })).toEqual([]);
    expect(await ids({ phase: 'ready', provider: 'memory' })).toEqual(['a', 'b', 'c']);
    const page = await invoke(listTenants, { query: { limit: '2' } });
    expect(page.body.tenants).toHaveLength(2);
    const next = await invoke(listTenants, { query: { limit: '2', cursor: page.body.next_cursor } });
    expect(next.body).toMatchObject({ tenants: [{ tenant_id: 'c' }], next_cursor: null });
    const foreign = await invoke(listTenants, { query: { phase: 'ready', cursor: page.body.next_cursor } });
    expect(foreign).toMatchObject({ status: 422, body: { errors: [{ pointer: '/cursor' }] } });
  });

  test.each([
    { limit: '0' },
    { limit: '101' },
    { limit: 'x' },
    { phase: 'asleep' },
    { label: 'x' },
    { provider: 'NO' },
    { cursor: 'x' },
  ])('refuses %j', async (query) => {
    expect((await invoke(listTenants, { query })).status).toBe(422);
  });
});

test('a request to a throttled provider is accepted, and its operation lists each retry', async () => {
  const body = memorySpec({ provider_config: { faults: { provision: 'throttled' } } });
  const answer = await invoke(provisionTenant, { body });
  expect(answer).toMatchObject({ status: 202, body: { status: 'in_progress' } });
  const { body: operation } = await invoke(getOperation, { path: operationOf(answer) });
  expect(operation).toMatchObject({ state: 'running', attempts: 1, retries: [{ code: 'throttled' }] });
});

describe('the hash of a specification', () => {
  test('tells nothing of a short env value: no digest of a guess is in a list, a revision or a status', async () => {
    const specOf = (pin: number) => withEnv(String(pin).padStart(4, '0'));
    await invoke(provisionTenant, { body: specOf(4711) });
    const answers = [
      await invoke(listTenants),
      await invoke(listRevisions, { path }),
      await invoke(getTenant, { path }),
      await invoke(getTenantStatus, { path }),
      await invoke(listOperations, { path }),
    ];
    const shown = JSON.stringify(answers);
    const { spec_hash } = answers[0]?.body.tenants[0] ?? {};
    expect(spec_hash).toMatch(/^hmac-[0-9a-f]{32}$/);
    expect(answers[3]?.body.metadata.spec_hash).toBe(spec_hash);
    const { spec } = (await services.tenants.get('acme')).desired;
    for (let pin = 0; pin < 10_000; pin += 1) {
      const containers = spec.containers.map((one) => ({ ...one, env: { TOKEN: String(pin).padStart(4, '0') } }));
      if (shown.includes(specHash({ ...spec, containers }))) throw new Error(`the answers tell the value: ${pin}`);
    }
  });
});
