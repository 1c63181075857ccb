import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { handler } from '../../functions/on-tenant-changed.ts';
import type { EventEntry } from '../../src/events/entry.ts';
import type { Item } from '../../src/tenants/store/table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { createTestBus, lambdaContext } from './deliver.ts';
import { memorySpec, useServices } from './invoke.ts';

type Images = { before?: Item | undefined; after?: Item | undefined };

/** Returns services with a table that records its writes as a change stream, and with a bus that may refuse entries. */
async function setUp(refuse?: (entry: EventEntry) => string | undefined) {
  const bus = createTestBus(refuse);
  const table = createMemoryTable();
  const changes: Images[] = [];
  const put = async (item: Item, expected: number | 'absent' | 'any') => {
    const before = await table.get(item.pk, item.sk);
    await table.put(item, expected);
    changes.push({ before, after: item });
  };
  const services = await useServices(undefined, { bus: bus.put, table: { ...table, put } });
  return { ...services, bus, changes };
}

function toImage(item: Item | undefined) {
  if (!item) return undefined;
  const present = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([key, value]) => [key, typeof value === 'number' ? { N: String(value) } : { S: value }]),
  );
}

function stream(changes: readonly Images[]): DynamoDBStreamEvent {
  const Records = changes.map(({ before, after }, index): DynamoDBRecord => {
    const [OldImage, NewImage] = [toImage(before), toImage(after)];
    const dynamodb = {
      SequenceNumber: String(100 + index),
      ...(OldImage && { OldImage }),
      ...(NewImage && { NewImage }),
    };
    return { eventName: OldImage ? 'MODIFY' : 'INSERT', dynamodb };
  });
  return { Records };
}

const caller = { actor: 'local' };

describe('the change stream of the table', () => {
  test('announces each operation that ended, and no other write', async () => {
    const { tenants, bus, changes } = await setUp();
    await tenants.provision(memorySpec(), { ...caller, idempotencyKey: 'key' });
    await tenants.update(memorySpec({ labels: { tier: 'gold' } }), caller);
    await tenants.destroy('acme', caller);
    expect(await handler(stream(changes), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(bus.announced().map(({ detail_type }) => detail_type)).toEqual([
      'Tenant Provisioned',
      'Tenant Updated',
      'Tenant Destroyed',
    ]);
    await handler(stream(changes), lambdaContext());
    const ids = bus.announced().map(({ detail }) => detail.metadata.event_id);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
  });

  test('announces nothing if a tombstone is removed', async () => {
    const { tenants, bus, changes } = await setUp();
    await tenants.provision(memorySpec(), caller);
    await tenants.destroy('acme', caller);
    expect(await handler(stream([{ before: changes.at(-1)?.after }]), lambdaContext())).toEqual({
      batchItemFailures: [],
    });
    expect(bus.entries).toEqual([]);
  });

  test('announces an operation that a destroy cancelled', async () => {
    const { tenants, bus, changes } = await setUp();
    const faults = { provision: { kind: 'throttled', times: 9 } };
    await tenants.provision(memorySpec({ provider_config: { faults } }), caller);
    await tenants.destroy('acme', caller);
    await handler(stream(changes), lambdaContext());
    expect(bus.announced()).toMatchObject([
      { detail_type: 'Tenant Provision Failed', detail: { data: { error: { code: 'operation_cancelled' } } } },
      { detail_type: 'Tenant Destroyed' },
    ]);
  });

  test('reports exactly the records that the bus refused', async () => {
    const { tenants, changes, bus } = await setUp(({ Detail }) =>
      Detail.includes('"b"') ? 'AccessDeniedException' : undefined,
    );
    for (const tenant_id of ['a', 'b', 'c']) await tenants.provision(memorySpec({ tenant_id }), caller);
    const { batchItemFailures } = (await handler(stream(changes), lambdaContext())) as {
      batchItemFailures: { itemIdentifier: string }[];
    };
    const failed = batchItemFailures.map(({ itemIdentifier }) => changes[Number(itemIdentifier) - 100]?.after?.pk);
    expect(failed).toEqual(['tenant#b']);
    expect(bus.announced()).toHaveLength(2);
  });

  test('reports and logs a record that cannot be read, and announces the others', async () => {
    const { tenants, changes, bus, lines } = await setUp();
    await tenants.provision(memorySpec(), caller);
    const poison = { after: { pk: 'tenant#poison', sk: 'poison', data: '{"secret":"c4n4ry"', version: 1 } };
    expect(await handler(stream([poison, ...changes]), lambdaContext())).toEqual({
      batchItemFailures: [{ itemIdentifier: '100' }],
    });
    expect(bus.announced()).toHaveLength(1);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'change not readable', item: 'tenant#poison' }));
    expect(JSON.stringify(lines)).not.toContain('c4n4ry');
  });
});

describe('announcing again', () => {
  const order = (fields: unknown) => handler(fields, lambdaContext());

  test('repeats every announcement since a time, for all lives of a tenant, as the stream made it', async () => {
    const { tenants, changes, bus } = await setUp();
    for (const tenant_id of ['a', 'b']) {
      await tenants.provision(memorySpec({ tenant_id }), caller);
      await tenants.update(memorySpec({ tenant_id, labels: { tier: 'gold' } }), caller);
    }
    await tenants.destroy('a', caller);
    await tenants.provision(memorySpec({ tenant_id: 'a' }), caller);
    await handler(stream(changes), lambdaContext());
    const told = bus.announced();
    expect(told).toHaveLength(6);
    bus.entries.length = 0;
    expect(await order({ reannounce_since: '2020-01-01T00:00:00Z' })).toEqual({ announced: 6, failed: [] });
    const byId = (list: typeof told) => Object.fromEntries(list.map((each) => [each.detail.metadata.event_id, each]));
    expect(byId(bus.announced())).toEqual(byId(told));
    bus.entries.length = 0;
    expect(await order({ reannounce_since: '2020-01-01T00:00:00Z', tenant_id: 'b' })).toMatchObject({ announced: 2 });
    expect(await order({ reannounce_since: '2099-01-01T00:00:00Z' })).toEqual({ announced: 0, failed: [] });
  });

  test('continues where the previous invocation ran out of time', async () => {
    const { tenants, bus } = await setUp();
    for (const tenant_id of ['a', 'b', 'c']) await tenants.provision(memorySpec({ tenant_id }), caller);
    const reannounce_since = '2020-01-01T00:00:00Z';
    let from: string | undefined;
    for (let rounds = 0; rounds < 3; rounds += 1) {
      const answer = await handler({ reannounce_since, from }, lambdaContext(1_000));
      expect(answer).toMatchObject({ announced: 1, next: `ready/${'abc'[rounds]}` });
      from = (answer as { next?: string }).next;
    }
    expect(await handler({ reannounce_since, from }, lambdaContext(1_000))).toEqual({ announced: 0, failed: [] });
    expect(bus.announced()).toHaveLength(3);
  });

  test('names the operations that the bus refused', async () => {
    const { tenants } = await setUp(() => 'AccessDeniedException');
    await tenants.provision(memorySpec(), caller);
    const { operation } = await tenants.get('acme');
    const answer = await order({ reannounce_since: '2020-01-01T00:00:00Z' });
    expect(answer).toEqual({ announced: 0, failed: [operation.operation_id] });
  });

  test.each([
    [null],
    [{}],
    [{ reannounce_since: 'yesterday' }],
    [{ reannounce_since: '2020-01-01T00:00:00Z', all: true }],
  ])('explains the mistake in %j', async (event) => {
    await setUp();
    await expect(order(event)).rejects.toThrow(/^invalid request: .*(reannounce_since|unknown field: all)/);
  });
});
