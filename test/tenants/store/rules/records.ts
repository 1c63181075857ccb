import { expect, test } from 'vitest';
import { Store } from '../../../../src/tenants/store/store.ts';
import { ConditionFailedError } from '../../../../src/tenants/store/table.ts';
import { DAWN } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

const record = { request: 'digest of the request', operation_id: 'acme.incarnation1.1' };
const other = { request: 'another', operation_id: 'acme.incarnation1.2' };

/** Idempotency keys and orphans. */
export function recordRules(createTable: CreateTable): void {
  test('of several simultaneous requests, one takes a key', async () => {
    const store = new Store(await createTable());
    expect(await store.getKey('digest')).toEqual({ record: undefined, version: 0 });
    const takings = [record, other, record].map((each) => store.putKey('digest', each, 0));
    const outcomes = await Promise.allSettled(takings);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(2);
    for (const reason of refused) expect(reason).toBeInstanceOf(ConditionFailedError);
    expect(await store.getKey('another digest')).toEqual({ record: undefined, version: 0 });
  });

  test('a key is taken again only on condition of its version', async () => {
    const store = new Store(await createTable());
    await store.putKey('digest', record, 0);
    expect(await store.getKey('digest')).toEqual({ record, version: 1 });
    await store.putKey('digest', other, 1);
    await expect(store.putKey('digest', record, 1)).rejects.toThrow(ConditionFailedError);
    expect(await store.getKey('digest')).toEqual({ record: other, version: 2 });
  });

  test('a key is valid for 24 hours and can then be taken again', async () => {
    const dawn = Date.parse(DAWN);
    let now = dawn;
    const store = new Store(await createTable(), () => now);
    await store.putKey('digest', record, 0);
    now = dawn + 24 * 3600 * 1000 - 1;
    expect(await store.getKey('digest')).toEqual({ record, version: 1 });
    now = dawn + 24 * 3600 * 1000;
    expect(await store.getKey('digest')).toEqual({ record: undefined, version: 1 });
    await store.putKey('digest', other, 1);
    expect(await store.getKey('digest')).toEqual({ record: other, version: 2 });
  });

  test('orphans are kept by provider, once each, until they are removed', async () => {
    const store = new Store(await createTable());
    const orphan = (provider: string, tenant_id: string) => ({ provider, tenant_id, first_seen_at: DAWN });
    for (const id of ['b', 'a', 'b']) await store.putOrphan(orphan('docker', id));
    await store.putOrphan(orphan('docker-2', 'c'));
    const orphans = (provider: string, after?: string) => Array.fromAsync(store.orphansOf(provider, after));
    expect(await orphans('docker')).toEqual([orphan('docker', 'a'), orphan('docker', 'b')]);
    expect(await orphans('docker', 'a')).toEqual([orphan('docker', 'b')]);
    await store.removeOrphan({ provider: 'docker', tenant_id: 'a' });
    await store.removeOrphan({ provider: 'docker', tenant_id: 'a' });
    expect(await orphans('docker')).toEqual([orphan('docker', 'b')]);
    expect(await orphans('docker-2')).toEqual([orphan('docker-2', 'c')]);
  });
}
