import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeLists } from '../../../src/tenants/sweep/merge-lists.ts';

async function* listOf(ids: readonly string[], read: string[] = []) {
  for (const tenant_id of ids) {
    read.push(tenant_id);
    yield { tenant_id, of: ids.length };
  }
}

test('each id comes once, in order, with the entries of all lists', async () => {
  const rows = await Array.fromAsync(mergeLists({ one: listOf(['a', 'c']), other: listOf(['b', 'c', 'd']) }));
  expect(rows).toEqual([
    { tenant_id: 'a', one: { tenant_id: 'a', of: 2 } },
    { tenant_id: 'b', other: { tenant_id: 'b', of: 3 } },
    { tenant_id: 'c', one: { tenant_id: 'c', of: 2 }, other: { tenant_id: 'c', of: 3 } },
    { tenant_id: 'd', other: { tenant_id: 'd', of: 3 } },
  ]);
});

test('any lists are merged without loss and without repetition', async () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-c-]{1,3}$/)).map((some) => some.sort());
  await fc.assert(
    fc.asyncProperty(ids, ids, ids, async (one, two, three) => {
      const rows = await Array.fromAsync(mergeLists({ one: listOf(one), two: listOf(two), three: listOf(three) }));
      expect(rows.map(({ tenant_id }) => tenant_id)).toEqual([...new Set([...one, ...two, ...three])].sort());
      for (const [name, list] of Object.entries({ one, two, three })) {
        const having = rows.filter((row) => name in row).map(({ tenant_id }) => tenant_id);
        expect(having, name).toEqual(list);
      }
    }),
  );
});

test('a list is read no further than the rows that are consumed, and is closed with the rows', async () => {
  const read: string[] = [];
  const rows = mergeLists({ one: listOf(['a', 'b', 'c'], read), other: listOf(['b']) });
  await rows.next();
  expect(read).toEqual(['a']);
  await rows.next();
  expect(read).toEqual(['a', 'b']);
  await rows.return(undefined);
  expect(await rows.next()).toMatchObject({ done: true });
  expect(read).toEqual(['a', 'b']);
});
