import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListQuery } from '../../../../src/tenants/store/store.ts';
import { Store } from '../../../../src/tenants/store/store.ts';
import { anyCharacter } from '../../../support/any-character.ts';
import { aReadyTenant } from '../../../support/tenants.ts';
import type { CreateTable } from '../store-suite.ts';

const refused = { code: 'invalid_request', issues: [{ pointer: '/cursor' }] };
const query: ListQuery = { limit: 1, caller: 'alice', provider: 'ecs', labels: { plan: 'gold', city: 'Bern' } };

async function withTenants(createTable: CreateTable) {
  const table = await createTable();
  const store = new Store(table);
  const { provider, labels } = query;
  for (const id of ['a', 'b', 'c']) await store.putTenant(aReadyTenant({ id, provider, labels: { ...labels } }), 0);
  const { next_cursor: cursor = '' } = await store.listTenants(query);
  return { table, store, cursor };
}

export function cursorRules(createTable: CreateTable): void {
  test('a cursor can be used repeatedly, in any process, and with another page size', async () => {
    const { table, store, cursor } = await withTenants(createTable);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]{20,512}$/);
    const { city, plan } = { city: 'Bern', plan: 'gold' };
    for (const reader of [store, new Store(table), store]) {
      const page = await reader.listTenants({ ...query, labels: { city, plan }, limit: 2, cursor });
      expect(page.tenants.map(({ tenant_id }) => tenant_id)).toEqual(['b', 'c']);
    }
  });

  test.each<[string, Partial<ListQuery>]>([
    ['caller', { caller: 'bob' }],
    ['provider', { provider: 'docker' }],
    ['list without a provider', { provider: undefined }],
    ['phase', { phase: 'ready' }],
    ['label', { labels: { plan: 'gold' } }],
    ['value of a label', { labels: { plan: 'gold', city: 'Basel' } }],
  ])('a cursor is not good for another %s', async (_, other) => {
    const { store, cursor } = await withTenants(createTable);
    await expect(store.listTenants({ ...query, ...other, cursor })).rejects.toMatchObject(refused);
  });

  test('a cursor of another installation is refused', async () => {
    const [one, other] = [await withTenants(createTable), await withTenants(createTable)];
    await expect(one.store.listTenants({ ...query, cursor: other.cursor })).rejects.toMatchObject(refused);
  });

  test('two processes that start at once sign with the same key', async () => {
    const { table } = await withTenants(createTable);
    await table.remove('meta', 'cursor-key');
    const stores = Array.from({ length: 5 }, () => new Store(table));
    const pages = await Promise.all(stores.map((store) => store.listTenants(query)));
    expect(new Set(pages.map(({ next_cursor }) => next_cursor)).size).toBe(1);
  });

  test('a cursor with anything changed, added or left out is refused', async () => {
    const { store, cursor } = await withTenants(createTable);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ';
    const altered = fc.oneof(
      fc
        .tuple(fc.nat(cursor.length - 1), fc.constantFrom(...alphabet))
        .map(([at, letter]) => cursor.slice(0, at) + letter + cursor.slice(at + 1)),
      fc.nat(cursor.length - 1).map((length) => cursor.slice(0, length)),
      fc.constantFrom(...alphabet).map((letter) => cursor + letter),
      fc.constantFrom(...alphabet).map((letter) => letter + cursor),
      fc.string({ unit: anyCharacter, maxLength: 64 }),
      fc.base64String({ maxLength: 64 }),
    );
    const isRefused = fc.asyncProperty(
      altered.filter((text) => text !== cursor),
      async (text) => {
        await expect(store.listTenants({ ...query, cursor: text })).rejects.toMatchObject(refused);
      },
    );
    await fc.assert(isRefused, { numRuns: 300 });
  });

  test('a forged cursor is refused', async () => {
    const { store, cursor } = await withTenants(createTable);
    const signature = Buffer.from(cursor, 'base64url').subarray(0, 16);
    const forged = [Buffer.concat([signature, Buffer.from('b')]), Buffer.from('b'), Buffer.alloc(17), signature];
    for (const bytes of forged) {
      const attempt = store.listTenants({ ...query, cursor: bytes.toString('base64url') });
      await expect(attempt).rejects.toMatchObject(refused);
    }
  });
}
