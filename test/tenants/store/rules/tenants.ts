import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { SPEC_LIMITS } from '../../../../src/compute/spec/limits.ts';
import type { Tenant } from '../../../../src/tenants/model/tenant.ts';
import { TOMBSTONE_SECONDS } from '../../../../src/tenants/model/tenant-state.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { ConditionFailedError } from '../../../../src/tenants/store/table.ts';
import { aReadyTenant, aTenant, aTombstone, DAWN } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

const dawn = Date.parse(DAWN);

export function tenantRules(createTable: CreateTable): void {
  test('a tenant is read as it was written, with the version to write it against', async () => {
    const store = new Store(await createTable());
    const tenant = aTenant({ labels: { city: 'Zürich 東京' } });
    expect(await store.getTenant('acme')).toEqual({ tenant: undefined, version: 0 });
    expect(await store.putTenant(tenant, 0)).toBe(1);
    expect(await store.getTenant('acme')).toEqual({ tenant, version: 1 });
    const ready = aReadyTenant();
    expect(await store.putTenant(ready, 1)).toBe(2);
    expect(await store.getTenant('acme')).toEqual({ tenant: ready, version: 2 });
    expect(await store.getTenant('acme-2')).toEqual({ tenant: undefined, version: 0 });
  });

  test('a tenant is written only on condition of its version', async () => {
    const table = await createTable();
    const [store, other] = [new Store(table), new Store(table)];
    await store.putTenant(aTenant(), 0);
    await expect(other.putTenant(aReadyTenant(), 0)).rejects.toThrow(ConditionFailedError);
    await other.putTenant(aReadyTenant(), 1);
    await expect(store.putTenant(aTenant(), 1)).rejects.toThrow(ConditionFailedError);
    expect((await store.getTenant('acme')).tenant).toEqual(aReadyTenant());
  });

  test('a tenant with the largest specification is kept', async () => {
    const store = new Store(await createTable());
    const tenant = aTenant();
    const { desired } = tenant;
    const containers = [{ name: 'web', image: 'nginx:1.27', env: { LARGE: 'x'.repeat(SPEC_LIMITS.maxBytes) } }];
    const large: Tenant = { ...tenant, desired: { ...desired, spec: { ...desired.spec, containers } } };
    await store.putTenant(large, 0);
    const { tenant: read } = await store.getTenant('acme');
    expect(isDeepStrictEqual(read?.desired.spec.containers, containers)).toBe(true);
  });

  test('a tombstone is read for 30 days, and keeps its version afterwards', async () => {
    const table = await createTable();
    let now = dawn;
    const store = new Store(table, () => now);
    await store.putTenant(aTombstone(), 0);
    now = dawn + (TOMBSTONE_SECONDS - 1) * 1000;
    expect((await store.getTenant('acme')).tenant?.phase).toBe('destroyed');
    now = dawn + TOMBSTONE_SECONDS * 1000;
    expect(await store.getTenant('acme')).toEqual({ tenant: undefined, version: 1 });
    // DynamoDB removes expired items at any time; until then a new life has to overwrite the old one.
    await expect(store.putTenant(aTenant(), 0)).rejects.toThrow(ConditionFailedError);
    await store.putTenant(aTenant(), 1);
    expect((await store.getTenant('acme')).tenant?.phase).toBe('provisioning');
  });

  test('a tenant with a new life does not expire', async () => {
    const table = await createTable();
    const store = new Store(table, () => dawn + 2 * TOMBSTONE_SECONDS * 1000);
    await store.putTenant(aTombstone(), 0);
    await store.putTenant(aReadyTenant(), 1);
    expect((await store.getTenant('acme')).tenant).toEqual(aReadyTenant());
    expect(await table.get('tenant#acme', 'acme')).not.toHaveProperty('ttl');
  });

  test('due tenants come longest due first, without finished ones', async () => {
    let now = dawn + 5000;
    const store = new Store(await createTable(), () => now);
    const at = (ms: number) => new Date(dawn + ms).toISOString();
    await store.putTenant({ ...aTenant({ id: 'third' }), next_at: at(5000) }, 0);
    await store.putTenant({ ...aTenant({ id: 'first' }), next_at: at(1000) }, 0);
    await store.putTenant({ ...aTenant({ id: 'second' }), next_at: undefined, updated_at: at(2000) }, 0);
    await store.putTenant({ ...aTenant({ id: 'later' }), next_at: at(5001) }, 0);
    await store.putTenant(aReadyTenant({ id: 'finished' }), 0);
    const told = { ...aReadyTenant({ id: 'untold' }), next_at: at(4000) };
    await store.putTenant({ ...told, outbox: [told.operation] }, 0);
    expect((await store.findDue(10)).tenants).toEqual(['first', 'second', 'untold', 'third']);
    expect((await store.findDue(2)).tenants).toEqual(['first', 'second']);
    expect((await store.findDue(10, { early: true })).tenants).toEqual(['first', 'second', 'untold', 'third', 'later']);
    now += 1;
    expect((await store.findDue(10)).tenants).toContain('later');
    await store.putTenant(told, 1);
    expect((await store.findDue(10)).tenants).not.toContain('untold');
  });

  test('the tenants of a provider are those that are not destroyed', async () => {
    const store = new Store(await createTable());
    for (const id of ['b', 'a', 'c']) await store.putTenant(aReadyTenant({ id, provider: 'ecs' }), 0);
    await store.putTenant(aReadyTenant({ id: 'elsewhere', provider: 'docker' }), 0);
    await store.putTenant(aTombstone({ id: 'gone', provider: 'ecs' }), 0);
    const ids = async (provider: string) =>
      (await Array.fromAsync(store.tenantsOf(provider))).map((summary) => summary.tenant_id);
    expect(await ids('ecs')).toEqual(['a', 'b', 'c']);
    expect(await ids('docker')).toEqual(['elsewhere']);
    expect(await ids('process')).toEqual([]);
  });

  test('the destroy of an id that never was a tenant, without a provider, is stored', async () => {
    const store = new Store(await createTable());
    const nothing = { ...aTenant(), provider_type: '', phase: 'destroying' as const };
    nothing.desired = { ...nothing.desired, revision: 0 };
    await store.putTenant(nothing, 0);
    expect((await store.getTenant('acme')).tenant).toEqual(nothing);
    expect(await store.listTenants({ limit: 10, caller: 'tests' })).toEqual({ tenants: [] });
    expect(await store.listTenants({ limit: 10, caller: 'tests', phase: 'destroying' })).toEqual({ tenants: [] });
    expect((await store.findDue(10)).tenants).toEqual(['acme']);
  });
}
