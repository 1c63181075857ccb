import { describe, expect, test } from 'vitest';
import { handler } from '../../functions/on-tenant-requested.ts';
import { viewOperation } from '../../functions/runtime/http/record-views.ts';
import { announcementDetails, FailedData } from '../../src/tenants/model/announcement.ts';
import { announcementOf } from '../../src/tenants/model/announcing.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { createTestBus, deliver, envelope } from './deliver.ts';
import { memorySpec, useServices } from './invoke.ts';

async function setUp() {
  const bus = createTestBus();
  const services = await useServices(undefined, { bus: bus.put });
  return { ...services, bus };
}

function provision(spec: unknown = memorySpec(), metadata?: unknown) {
  return envelope({ detail: { metadata, data: spec } });
}

function update(spec: unknown, fields: Record<string, unknown> = {}) {
  return envelope({ 'detail-type': 'Tenant Update Requested', detail: { data: spec }, ...fields });
}

function destroy(data: unknown = { tenant_id: 'acme' }, fields: Record<string, unknown> = {}) {
  return envelope({ 'detail-type': 'Tenant Destroy Requested', detail: { data }, ...fields });
}

function secondsAgo(seconds: number): string {
  return `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`;
}

describe('a request that comes as an event', () => {
  test('provisions, updates and destroys a tenant', async () => {
    const { tenants, bus } = await setUp();
    expect(await deliver(handler, [provision()])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', operation: { type: 'provision' } });
    expect(await deliver(handler, [update(memorySpec({ labels: { tier: 'gold' } }))])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 2 } });
    expect(await deliver(handler, [destroy()])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
    expect(bus.announced()).toEqual([]); // the change stream of the table announces operations
  });

  test('is recorded under the account and source of EventBridge, whatever actor it claims', async () => {
    const { tenants } = await setUp();
    const actor = 'arn:aws:iam::111122223333:user/root';
    await deliver(handler, [provision(memorySpec(), { actor })]);
    const { operation, desired } = await tenants.get('acme');
    expect(operation.actor).toBe('event:111122223333/crm/arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Froot');
    expect(desired.actor).toBe(operation.actor);
  });

  test('is announced with the metadata of its sender, in success, in failure and where it changes nothing', async () => {
    const { tenants, bus } = await setUp();
    const metadata = { idempotency_key: 'k-1', order: 'o-4711', attempt: 2, dry: false };
    const echoed = { order: 'o-4711', attempt: 2, dry: false };
    await deliver(handler, [provision(memorySpec(), metadata)]);
    const tenant = await tenants.get('acme');
    const { detail } = announcementOf(tenant.operation, tenant);
    expect(detail.metadata.requester).toEqual(echoed);
    await deliver(handler, [provision(memorySpec(), { ...metadata, idempotency_key: 'k-2' })]);
    await deliver(handler, [provision(memorySpec({ containers: [] }), { ...metadata, idempotency_key: 'k-3' })]);
    const announced = bus.announced();
    expect(announced.map((each) => each.detail_type)).toEqual(['Tenant Provisioned', 'Tenant Provision Failed']);
    for (const each of announced) {
      expect(announcementDetails[each.detail_type].parse(each.detail).metadata.requester).toEqual(echoed);
    }
  });

  test('is announced without metadata that may be secret, that are large, or that are no plain values', async () => {
    const { tenants } = await setUp();
    const hostile = {
      api_key: 'canary',
      Authorization: 'Bearer canary',
      dbPassword: 'canary',
      nested: { secret: 'canary' },
      list: ['canary'],
      nothing: null,
      long: 'canary'.repeat(100),
      broken: 'canary\ud800',
      'a key with spaces': 'canary',
      __proto__: { polluted: 'canary' },
      ['x'.repeat(65)]: 'canary',
    };
    const numbered = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`n${index}`, index]));
    await deliver(handler, [provision(memorySpec(), { ...hostile, ...numbered, correlation_id: 'c' })]);
    const tenant = await tenants.get('acme');
    const { detail } = announcementOf(tenant.operation, tenant);
    expect(JSON.stringify(detail)).not.toContain('canary');
    expect(Object.keys(detail.metadata.requester ?? {})).toHaveLength(16);
    // Callers of the HTTP API see no metadata of a sender.
    expect(viewOperation(tenant.operation)).not.toHaveProperty('requester');
  });

  test.each([1, 2, 3, 4])('makes one operation, delivered %i times at once and again later', async (times) => {
    const { tenants, bus } = await setUp();
    const event = provision();
    expect(await deliver(handler, Array(times).fill(event))).toEqual([]);
    expect(await deliver(handler, [event])).toEqual([]);
    expect(await tenants.operations('acme')).toHaveLength(1);
    expect(bus.announced()).toEqual([]);
  });

  test('is done if it is delivered again while its operation is in progress', async () => {
    const { tenants } = await setUp();
    const event = provision(
      memorySpec({ provider_config: { faults: { provision: { kind: 'throttled', times: 9 } } } }),
    );
    expect(await deliver(handler, [event])).toEqual([]);
    expect(await deliver(handler, [event])).toEqual([]);
    const operations = await tenants.operations('acme');
    expect(operations).toMatchObject([{ state: 'running', request_id: event.id }]);
  });

  test('under the key of another request is announced as failed, and changes nothing', async () => {
    const { tenants, bus } = await setUp();
    const metadata = { idempotency_key: 'order-1' };
    const about = (tenant_id: string) => ({ metadata, data: { tenant_id } });
    for (const tenant_id of ['acme', 'globex']) await deliver(handler, [provision(memorySpec({ tenant_id }))]);
    const [own, other] = ['acme', 'globex'].map((id) => destroy(undefined, { detail: about(id) }));
    expect(await deliver(handler, [own, own])).toEqual([]);
    expect(await deliver(handler, [other])).toEqual([]);
    expect(bus.announced()).toMatchObject([
      {
        detail_type: 'Tenant Destroy Failed',
        detail: { data: { tenant_id: 'globex', error: { code: 'idempotency_mismatch', retryable: false } } },
      },
    ]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
    expect(await tenants.get('globex')).toMatchObject({ phase: 'ready' });
  });

  test('takes the place of a provision in progress', async () => {
    const { tenants, reconciler } = await setUp();
    const faults = { provision: { kind: 'throttled', times: 1 } };
    await deliver(handler, [provision(memorySpec({ provider_config: { faults } }))]);
    const next = update(memorySpec({ labels: { tier: 'gold' } }));
    expect(await deliver(handler, [next])).toEqual([]);
    await reconciler.reconcile('acme', { waitMs: 10_000 });
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready', desired: { revision: 2 } });
  });

  test('to update a tenant waits a while for the provision', async () => {
    const { tenants, bus } = await setUp();
    const early = update(memorySpec({ labels: { tier: 'gold' } }));
    expect(await deliver(handler, [early])).toEqual([0]);
    await deliver(handler, [provision(memorySpec(), { time: secondsAgo(5) })]);
    expect(await deliver(handler, [early])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ desired: { revision: 2 } });
    const late = update(memorySpec({ tenant_id: 'unknown' }), { time: secondsAgo(60) });
    expect(await deliver(handler, [late])).toEqual([]);
    expect(bus.announced()).toMatchObject([
      { detail_type: 'Tenant Update Failed', detail: { data: { error: { code: 'tenant_not_found' } } } },
    ]);
  });

  test('that is older than the latest request is refused and changes nothing', async () => {
    const { tenants, bus } = await setUp();
    const old = provision(memorySpec({ labels: { tier: 'old' } }));
    await deliver(handler, [destroy({ tenant_id: 'acme' })]);
    expect(await deliver(handler, [{ ...old, time: secondsAgo(3600) }])).toEqual([]);
    expect(bus.announced()).toMatchObject([{ detail: { data: { error: { code: 'stale_request' } } } }]);
    await expect(tenants.get('acme')).rejects.toThrow('not found');
  });

  test('dated into the future does not make later requests stale', async () => {
    const { tenants } = await setUp();
    await deliver(handler, [{ ...provision(), time: '2099-01-01T00:00:00Z' }]);
    expect(await deliver(handler, [destroy()])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'destroyed' });
  });

  test('is not stale because of an HTTP request in the same second', async () => {
    const { tenants } = await setUp();
    await tenants.provision(memorySpec(), { actor: 'local' });
    const { last_requested_at } = await tenants.get('acme');
    const event = update(memorySpec({ labels: { tier: 'gold' } }), { time: `${last_requested_at.slice(0, 19)}Z` });
    expect(await deliver(handler, [event])).toEqual([]);
    expect(await tenants.get('acme')).toMatchObject({ desired: { revision: 2 } });
  });

  test('that changes nothing is confirmed', async () => {
    const { bus } = await setUp();
    await deliver(handler, [provision()]);
    const again = provision();
    await deliver(handler, [again]);
    expect(bus.announced()).toMatchObject([
      {
        detail_type: 'Tenant Provisioned',
        detail: { metadata: { event_id: `request.${again.id}`, request_id: again.id }, data: { changes: [] } },
      },
    ]);
  });
});

describe('an impossible request', () => {
  test.each([
    ['an invalid specification', provision(memorySpec({ containers: [] })), 'Tenant Provision Failed', 'invalid_spec'],
    ['no data', envelope({ detail: {} }), 'Tenant Provision Failed', 'invalid_request'],
    [
      'an unknown provider',
      provision(memorySpec({ provider_type: 'moon' })),
      'Tenant Provision Failed',
      'provider_not_found',
    ],
    [
      'an unknown version',
      provision(memorySpec(), { schema_version: '2' }),
      'Tenant Provision Failed',
      'invalid_request',
    ],
    [
      'a malformed key',
      provision(memorySpec(), { idempotency_key: 'a b' }),
      'Tenant Provision Failed',
      'invalid_request',
    ],
    ['malformed metadata', provision(memorySpec(), []), 'Tenant Provision Failed', 'invalid_request'],
    ['an empty update', update({}), 'Tenant Update Failed', 'invalid_spec'],
    [
      'a destroy with a malformed tenant id',
      destroy({ tenant_id: '../x' }),
      'Tenant Destroy Failed',
      'invalid_request',
    ],
    [
      'a destroy with an unknown field',
      destroy({ tenant_id: 'a', force: true }),
      'Tenant Destroy Failed',
      'invalid_request',
    ],
    [
      'a destroy on an unknown provider',
      destroy({ tenant_id: 'a', provider_type: 'moon' }),
      'Tenant Destroy Failed',
      'provider_not_found',
    ],
    [
      'an event over the size limit',
      envelope({ detail: { data: {}, note: 'x'.repeat(240 * 1024) } }),
      'Tenant Provision Failed',
      'invalid_request',
    ],
  ])('%s is announced as a failure with its issues, and not retried', async (_title, event, type, code) => {
    const { bus, tenants } = await setUp();
    expect(await deliver(handler, [event, event])).toEqual([]);
    const [first, second, ...more] = bus.announced();
    expect(first).toMatchObject({ detail_type: type, detail: { data: { error: { code } } } });
    expect(first?.detail.metadata.event_id).toBe(`request.${event.id}`);
    expect(second).toEqual(first); // the same identity, the same content
    expect(more).toEqual([]);
    for (const { detail_type, detail } of bus.announced()) announcementDetails[detail_type].parse(detail);
    expect(await tenants.list({ limit: 10, caller: 'test' })).toMatchObject({ tenants: [] });
  });

  test('that nests too deeply is announced as a failure too', async () => {
    const { bus } = await setUp();
    const text = JSON.stringify(envelope({ detail: { data: 'DEEP' } }));
    const depth = 50_000;
    expect(await deliver(handler, [text.replace('"DEEP"', '['.repeat(depth) + ']'.repeat(depth))])).toEqual([]);
    expect(bus.announced()).toMatchObject([{ detail: { data: { error: { code: 'invalid_request' } } } }]);
  });

  test('has issues that name places and repeat no unchecked value', async () => {
    const { bus, lines } = await setUp();
    const canary = 'c4n4ry';
    const spec = memorySpec({ tenant_id: `${canary}!`, resources: { cpu: 1, memory: canary } });
    await deliver(handler, [provision({ ...spec, env: { KEY: canary } })]);
    const [announcement] = bus.announced();
    const { error } = FailedData.parse(announcement?.detail.data);
    const pointers = error.issues?.map(({ pointer }) => pointer).sort();
    expect(pointers).toEqual(['/env', '/resources/cpu', '/resources/memory', '/tenant_id']);
    expect(JSON.stringify([announcement, lines])).not.toContain(canary);
  });

  test('under the source of Berth, or of another type, is ignored, logged and counted', async () => {
    const { bus, lines, tenants } = await setUp();
    const forged = { ...provision(), source: 'berth' };
    const other = envelope({ 'detail-type': 'Order Placed', detail: {} });
    expect(await deliver(handler, [forged, other])).toEqual([]);
    expect(bus.announced()).toEqual([]);
    await expect(tenants.get('acme')).rejects.toThrow('not found');
    expect(lines).toContainEqual(expect.objectContaining({ message: 'forged request ignored', event_id: forged.id }));
    expect(lines).toContainEqual(expect.objectContaining({ message: 'event of unknown type ignored' }));
    const counted = lines.filter(({ Requests }) => Requests === 1).map(({ disposition }) => disposition);
    expect(counted.sort()).toEqual(['forged', 'unknown']);
  });
});

describe('a batch', () => {
  test('is processed even if one message in it cannot be read', async () => {
    const { tenants, lines } = await setUp();
    const bodies = [
      provision(memorySpec({ tenant_id: 'a' })),
      '{"id":',
      { hello: 1 },
      provision(memorySpec({ tenant_id: 'b' })),
    ];
    expect(await deliver(handler, bodies)).toEqual([1, 2]);
    expect(await tenants.get('a')).toMatchObject({ phase: 'ready' });
    expect(await tenants.get('b')).toMatchObject({ phase: 'ready' });
    expect(lines.filter(({ message }) => message === 'message put back')).toHaveLength(2);
  });

  test('comes again while the store or the bus is down', async () => {
    const bus = createTestBus(() => 'AccessDeniedException');
    const table = createMemoryTable();
    let isDown = true;
    const flaky = {
      ...table,
      get: async (pk: string, sk: string) => (isDown ? Promise.reject(new Error('down')) : table.get(pk, sk)),
    };
    const { tenants } = await useServices(undefined, { bus: bus.put, table: flaky });
    const [wanted, wrong] = [provision(), provision({ tenant_id: 'wrong' })];
    expect(await deliver(handler, [wanted, wrong])).toEqual([0, 1]);
    isDown = false;
    expect(await deliver(handler, [wanted, wrong])).toEqual([1]);
    expect(await tenants.get('acme')).toMatchObject({ phase: 'ready' });
  });

  test('that is no event comes again, and the log names the malformed fields without their content', async () => {
    const { lines } = await setUp();
    const canary = 'c4n4ry';
    const malformed = { ...provision(), source: { [canary]: canary }, time: canary, detail: canary };
    expect(await deliver(handler, [malformed])).toEqual([0]);
    const [line] = lines.filter(({ message }) => message === 'message put back');
    expect(line).toMatchObject({ code: 'invalid_request', fields: ['/source', '/time', '/detail'] });
    expect(JSON.stringify(lines)).not.toContain(canary);
  });

  test('without enough time comes again', async () => {
    const table = { ...createMemoryTable(), get: () => new Promise<never>(() => undefined) };
    await useServices(undefined, { bus: createTestBus().put, table });
    expect(await deliver(handler, [provision()], { remaining: 501 })).toEqual([0]);
  });
});
