import { expect, test } from 'vitest';
import { tombstoneTtl } from '../../../../src/tenants/model/tenant-state.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { anOperation, aReadyTenant, aTenant, DAWN } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

const LIFE = 'incarnation1';

export function historyRules(createTable: CreateTable): void {
  test('the history is read newest first, or from an operation on', async () => {
    const store = new Store(await createTable());
    for (const seq of [2, 10, 1, 9, 100]) await store.putHistory({ operation: anOperation(seq) });
    const seqs = async (options: { limit: number; fromSeq?: number }) =>
      (await store.listHistory('acme', LIFE, options)).map(({ operation }) => operation.seq);
    expect(await seqs({ limit: 50 })).toEqual([100, 10, 9, 2, 1]);
    expect(await seqs({ limit: 2 })).toEqual([100, 10]);
    expect(await seqs({ limit: 50, fromSeq: 1 })).toEqual([1, 2, 9, 10, 100]);
    expect(await seqs({ limit: 2, fromSeq: 3 })).toEqual([9, 10]);
    expect(await seqs({ limit: 50, fromSeq: 101 })).toEqual([]);
  });

  test('an entry has its operation and the revision that it made', async () => {
    const store = new Store(await createTable());
    const entry = { operation: anOperation(1), revision: aReadyTenant().desired };
    await store.putHistory(entry);
    expect(await store.listHistory('acme', LIFE, { limit: 1 })).toEqual([entry]);
  });

  test('an entry is written once: repeated and later writes change nothing', async () => {
    const store = new Store(await createTable());
    const operation = anOperation(1, { message: 'first' });
    await Promise.all([store.putHistory({ operation }), store.putHistory({ operation })]);
    await store.putHistory({ operation: { ...operation, message: 'second' } });
    expect(await store.listHistory('acme', LIFE, { limit: 10 })).toEqual([{ operation }]);
  });

  test('a history with a time to live is read until then, and other histories stay', async () => {
    let now = Date.parse(DAWN);
    const store = new Store(await createTable(), () => now);
    const ttl = tombstoneTtl(DAWN);
    for (let seq = 1; seq <= 60; seq += 1) await store.putHistory({ operation: anOperation(seq) });
    await store.putHistory({ operation: anOperation(61), ttl });
    const other = [anOperation(1, { incarnation: 'incarnation2' }), anOperation(1, { tenant_id: 'acme-2' })];
    for (const operation of other) await store.putHistory({ operation });
    const parts: (number | undefined)[] = [];
    for (let afterSeq: number | undefined = 0; afterSeq !== undefined; parts.push(afterSeq)) {
      afterSeq = await store.expireHistory('acme', LIFE, { ttl, afterSeq });
    }
    expect(parts).toEqual([25, 50, undefined]);
    const count = async (tenant: string, life: string) =>
      (await store.listHistory(tenant, life, { limit: 100 })).length;
    expect(await count('acme', LIFE)).toBe(61);
    expect(await store.getOperation(`acme.${LIFE}.60`)).toMatchObject({ seq: 60 });
    now = ttl * 1000 + 1;
    expect(await count('acme', LIFE)).toBe(0);
    expect(await store.getOperation(`acme.${LIFE}.60`)).toBeUndefined();
    expect(await count('acme', 'incarnation2')).toBe(1);
    expect(await count('acme-2', LIFE)).toBe(1);
  });

  test('each life of an id, and each id, has its own history', async () => {
    const store = new Store(await createTable());
    await store.putHistory({ operation: anOperation(1) });
    await store.putHistory({ operation: anOperation(2, { incarnation: 'incarnation2' }) });
    await store.putHistory({ operation: anOperation(3, { tenant_id: 'acme-2' }) });
    for (const options of [{ limit: 10 }, { limit: 10, fromSeq: 1 }]) {
      const entries = await store.listHistory('acme', LIFE, options);
      expect(entries.map(({ operation }) => operation.seq)).toEqual([1]);
    }
  });

  test('an operation is found in its tenant, in the outbox and in the history', async () => {
    const store = new Store(await createTable());
    const running = { ...anOperation(3), state: 'running' as const };
    const untold = anOperation(2, { state: 'cancelled' });
    await store.putTenant({ ...aTenant(), operation: running, outbox: [untold] }, 0);
    await store.putHistory({ operation: anOperation(1) });
    expect(await store.getOperation(running.operation_id)).toEqual(running);
    expect(await store.getOperation(untold.operation_id)).toEqual(untold);
    expect(await store.getOperation(anOperation(1).operation_id)).toEqual(anOperation(1));
  });

  test('no operation is found under any other id', async () => {
    const store = new Store(await createTable());
    await store.putTenant(aTenant(), 0);
    await store.putHistory({ operation: anOperation(1) });
    const ids = [
      'absent.incarnation1.1',
      'acme.incarnation1.99',
      'acme.incarnation2.1',
      'acme.incarnation1.',
      'acme.incarnation1.01',
      'acme.incarnation1.1.1',
      'acme.incarnation1#000000001.1',
      'acme',
      '',
      'a'.repeat(10_000),
    ];
    for (const id of ids) expect(await store.getOperation(id), id.slice(0, 40)).toBeUndefined();
  });
}
