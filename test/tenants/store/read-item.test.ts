import { describe, expect, test } from 'vitest';
import { readEntry, readRates, readSummary, readTenant } from '../../../src/tenants/store/read-item.ts';
import { aReadyTenant } from '../../support/tenants.ts';

const keys = { pk: 'tenant#acme', sk: 'acme' };
const itemOf = (record: unknown) => ({ ...keys, data: JSON.stringify(record) });
const summaryItemOf = (record: unknown) => ({ ...keys, summary: JSON.stringify(record) });

/** A record without some of its fields, as an older version wrote it. */
function without<T extends object>(record: T, ...fields: (keyof T)[]): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name as keyof T))) as Partial<T>;
}

describe('a tenant on record', () => {
  test('is read with the same text as it was written', () => {
    const tenant = aReadyTenant();
    expect(JSON.stringify(readTenant(itemOf(tenant)))).toBe(JSON.stringify(tenant));
  });

  test('gets defaults for fields that older versions did not write', () => {
    const tenant = aReadyTenant();
    const operation = without(tenant.operation, 'applied', 'attempts', 'retries', 'message');
    const old = without(tenant, 'outbox', 'fence', 'endpoints', 'resource_ids', 'conditions');
    expect(readTenant(itemOf({ ...old, operation, outbox: [operation] }))).toMatchObject({
      fence: 0,
      endpoints: [],
      resource_ids: {},
      conditions: [],
      operation: { applied: false, attempts: 0, retries: [], message: '' },
      outbox: [{ applied: false, attempts: 0, retries: [], message: '' }],
    });
    expect(readTenant(itemOf({ ...old, operation })).outbox).toEqual([]);
  });

  test('is read without networking.dns, which older versions accepted and no provider honoured', () => {
    const tenant = aReadyTenant();
    const spec = { ...tenant.desired.spec, networking: { public_ip: true } };
    const networking = { ...spec.networking, dns: { hostname: 'acme', domain: 'example.com' } };
    const old = { ...tenant, desired: { ...tenant.desired, spec: { ...spec, networking } } };
    const { desired } = readTenant(itemOf(old));
    expect(desired).toEqual({ ...tenant.desired, spec });
    expect(desired.spec_hash).toBe(tenant.desired.spec_hash);
  });

  test('waits in the queue in which an older version put it', () => {
    const line = { backend: 'ecs', name: 'provision', act: true };
    const tenant = readTenant(itemOf({ ...aReadyTenant(), line }));
    expect(tenant.waiting).toEqual({ backend: 'ecs', queue: 'provision', first_try: true });
    expect(tenant).not.toHaveProperty('line');
  });

  test.each([
    ['{"tenant_id":', 'item tenant#acme/acme of the tenants table is not JSON; restore it from a backup'],
    ['{"env":"canary"', 'item tenant#acme/acme of the tenants table is not JSON; restore it from a backup'],
    ['null', 'item tenant#acme/acme of the tenants table has no tenant_id; restore it from a backup'],
    ['{"tenant_id":"acme"}', 'item tenant#acme/acme of the tenants table has no desired; restore it from a backup'],
  ])('that is %s is refused by its keys, without its content', (data, message) => {
    expect(() => readTenant({ ...keys, data })).toThrow(new Error(message));
  });
});

test('an entry of the history gets defaults for its operation', () => {
  const operation = without(aReadyTenant().operation, 'retries', 'message');
  expect(readEntry(itemOf({ operation }))).toMatchObject({ operation: { retries: [], message: '' } });
});

test('rates of older versions count their slots on', () => {
  const rate = { passes: 5, since: { turn: 7, at: 1 }, searches: false, next_at: 2, given: 9, throttled_at: 1 };
  const rates = readRates(summaryItemOf({ version: 3, kinds: { change: rate } }));
  expect(rates).toEqual({ version: 3, kinds: { change: { ...rate, since: { slot: 7, at: 1 } } } });
});

test('a summary without its identity is refused', () => {
  expect(() => readSummary(summaryItemOf({}))).toThrow('item tenant#acme/acme of the tenants table has no tenant_id');
});
