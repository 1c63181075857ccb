import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Item, Query, Table } from '../../../../src/tenants/store/table.ts';
import { anyCharacter } from '../../../support/any-character.ts';
import type { CreateTable } from '../store-suite.ts';

async function fill(table: Table, pk: string, sks: readonly string[], rest: Partial<Item> = {}): Promise<void> {
  await Promise.all(sks.map((sk) => table.put({ pk, sk, data: `data of ${sk}`, ...rest }, 'absent')));
}

async function keysOf(table: Table, query: Query): Promise<string[]> {
  return (await table.query(query)).map(({ sk }) => sk);
}

/** Compares as DynamoDB does: by the bytes of UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Hostile sort keys: any Unicode, separators, and prefixes of each other. */
const sortKey = fc.oneof(
  fc.string({ unit: anyCharacter, minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '#', '/', '~', '\0', '\uffff', '😀'), minLength: 1, maxLength: 4 }),
);

export function queryRules(createTable: CreateTable): void {
  test('items of one key come in the order of their sort keys, ascending or descending', async () => {
    const table = await createTable();
    await fill(table, 'list', ['b', 'a-1', 'a', 'a10', 'a1', 'c', 'A', 'Z', '9']);
    await fill(table, 'list#', ['x']);
    await fill(table, 'lis', ['y']);
    const ordered = ['9', 'A', 'Z', 'a', 'a-1', 'a1', 'a10', 'b', 'c'];
    expect(await keysOf(table, { key: 'list', limit: 100 })).toEqual(ordered);
    expect(await keysOf(table, { key: 'list', limit: 100, descending: true })).toEqual(ordered.toReversed());
    expect(await keysOf(table, { key: 'list', limit: 2 })).toEqual(['9', 'A']);
    expect(await keysOf(table, { key: 'list', limit: 2, descending: true })).toEqual(['c', 'b']);
    expect(await keysOf(table, { key: 'nothing', limit: 100 })).toEqual([]);
    const [first] = await table.query({ key: 'list', limit: 1 });
    expect(first).toEqual({ pk: 'list', sk: '9', data: 'data of 9' });
  });

  test('a range starts after a key, ends at a key, or has a prefix, ascending or descending', async () => {
    const table = await createTable();
    await fill(table, 'list', ['a', 'a1', 'a2', 'b', 'b1', 'c']);
    const query = (range: Query['range'], rest: Partial<Query> = {}) =>
      keysOf(table, { key: 'list', range, limit: 100, ...rest });
    expect(await query({ after: 'a1' })).toEqual(['a2', 'b', 'b1', 'c']);
    expect(await query({ after: 'a11' })).toEqual(['a2', 'b', 'b1', 'c']);
    expect(await query({ after: 'a1' }, { limit: 2 })).toEqual(['a2', 'b']);
    expect(await query({ after: 'c' })).toEqual([]);
    expect(await query({ upTo: 'b' })).toEqual(['a', 'a1', 'a2', 'b']);
    expect(await query({ upTo: 'b' }, { descending: true, limit: 3 })).toEqual(['b', 'a2', 'a1']);
    expect(await query({ before: 'b' })).toEqual(['a', 'a1', 'a2']);
    expect(await query({ before: 'b' }, { descending: true, limit: 2 })).toEqual(['a2', 'a1']);
    expect(await query({ before: 'a' })).toEqual([]);
    expect(await query({ beginsWith: 'a' })).toEqual(['a', 'a1', 'a2']);
    expect(await query({ beginsWith: 'a' }, { descending: true })).toEqual(['a2', 'a1', 'a']);
    expect(await query({ beginsWith: 'd' })).toEqual([]);
  });

  test('order and ranges follow the bytes of the keys', async () => {
    const table = await createTable();
    let partition = 0;
    const holds = fc.asyncProperty(fc.uniqueArray(sortKey, { minLength: 2, maxLength: 6 }), async (keys) => {
      partition += 1;
      const pk = `keys ${partition}`;
      await fill(table, pk, keys);
      const ordered = keys.toSorted(byBytes);
      const pivot = keys[0] ?? '';
      expect(await keysOf(table, { key: pk, limit: 100 })).toEqual(ordered);
      const after = await keysOf(table, { key: pk, range: { after: pivot }, limit: 100 });
      expect(after).toEqual(ordered.filter((key) => byBytes(key, pivot) > 0));
      const upTo = await keysOf(table, { key: pk, range: { upTo: pivot }, limit: 100 });
      expect(upTo).toEqual(ordered.filter((key) => byBytes(key, pivot) <= 0));
      const before = await keysOf(table, { key: pk, range: { before: pivot }, limit: 100 });
      expect(before).toEqual(ordered.filter((key) => byBytes(key, pivot) < 0));
      const like = await keysOf(table, { key: pk, range: { beginsWith: pivot }, limit: 100 });
      expect(like).toEqual(ordered.filter((key) => key.startsWith(pivot)));
    });
    await fc.assert(holds, { numRuns: 15, endOnFailure: true });
  });

  test('an item is in an index while it has the keys, and moves with them', async () => {
    const table = await createTable();
    const item = { pk: 'tenant#acme', sk: 'acme', data: '{}' };
    const places = async () => {
      const queries = { listed: ['tenant'], provider: ['ecs', 'docker'], phase: ['ready'], work: ['work'] } as const;
      const found: string[] = [];
      for (const [index, keys] of Object.entries(queries)) {
        for (const key of keys) {
          const count = (await table.query({ index: index as Query['index'], key, limit: 10 })).length;
          if (count > 0) found.push(`${index} ${key} ${count}`);
        }
      }
      return found;
    };
    await table.put({ ...item, version: 1 }, 'absent');
    expect(await places()).toEqual([]);
    await table.put({ ...item, version: 2, listed: 'tenant', provider: 'ecs', work: 'work', work_at: '1' }, 1);
    expect(await places()).toEqual(['listed tenant 1', 'provider ecs 1', 'work work 1']);
    await table.put({ ...item, version: 3, listed: 'tenant', provider: 'docker', phase: 'ready', work: 'work' }, 2);
    expect(await places()).toEqual(['listed tenant 1', 'provider docker 1', 'phase ready 1']); // no work without work_at
    await table.put({ ...item, version: 4, work: 'work', work_at: '2' }, 3);
    expect(await places()).toEqual(['work work 1']);
    await table.put({ ...item, version: 5, work: 'work', work_at: '3' }, 4);
    expect(await places()).toEqual(['work work 1']);
    await table.remove(item.pk, item.sk);
    expect(await places()).toEqual([]);
  });

  test('a refused write changes no index', async () => {
    const table = await createTable();
    const item = { pk: 'tenant#acme', sk: 'acme', data: '{}', version: 1, phase: 'ready' };
    await table.put(item, 'absent');
    await expect(table.put({ ...item, phase: 'failed' }, 7)).rejects.toThrow();
    expect(await keysOf(table, { index: 'phase', key: 'ready', limit: 9 })).toEqual(['acme']);
    expect(await keysOf(table, { index: 'phase', key: 'failed', limit: 9 })).toEqual([]);
  });

  test('an index shows keys, summary and time to live, and nothing else', async () => {
    const table = await createTable();
    const shown = { pk: 'tenant#acme', sk: 'acme', provider: 'ecs', summary: '{"a":1}', ttl: 99 };
    await table.put({ ...shown, data: 'long', version: 1, phase: 'ready', listed: 'tenant' }, 'absent');
    expect(await table.query({ index: 'provider', key: 'ecs', limit: 9 })).toEqual([{ ...shown, data: '' }]);
  });

  test('an index is ordered by its own sort key, and shows all items with equal ones', async () => {
    const table = await createTable();
    const due = { one: '2026-01-03', two: '2026-01-01', three: '2026-01-02', four: '2026-01-02', five: '2026-01-09' };
    for (const [id, work_at] of Object.entries(due)) {
      await table.put({ pk: `tenant#${id}`, sk: id, data: '{}', work: 'work', work_at }, 'absent');
    }
    const query = { index: 'work', key: 'work', range: { upTo: '2026-01-03' } } as const;
    const [first, ...rest] = await keysOf(table, { ...query, limit: 9 });
    expect([first, rest.slice(0, 2).sort(), rest.slice(2)]).toEqual(['two', ['four', 'three'], ['one']]);
    expect(await keysOf(table, { ...query, limit: 1 })).toEqual(['two']);
    expect(await keysOf(table, { ...query, limit: 1, descending: true })).toEqual(['one']);
  });

  test('a query continues past 1 MB, where DynamoDB ends a page', async () => {
    const table = await createTable();
    const ids = Array.from({ length: 7 }, (_, n) => `id-${n}`);
    const text = 'x'.repeat(180 * 1024);
    for (const id of ids) {
      await table.put({ pk: 'large', sk: id, data: text, listed: 'tenant', summary: text }, 'absent');
    }
    for (const query of [{ key: 'large' }, { index: 'listed', key: 'tenant' }] as const) {
      expect(await keysOf(table, { ...query, limit: 100 })).toEqual(ids);
      expect(await keysOf(table, { ...query, limit: ids.length })).toEqual(ids);
      expect(await keysOf(table, { ...query, limit: 6 })).toEqual(ids.slice(0, 6));
      expect(await keysOf(table, { ...query, limit: 6, descending: true })).toEqual(ids.toReversed().slice(0, 6));
    }
  });
}
