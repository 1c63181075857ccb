import { type Item, indexes, type Query, type Table } from '../../src/tenants/table.ts';
import { createMemoryTable } from './memory-table.ts';
import { SortedList } from './sorted-list.ts';

type Entry = { key: string; sort: string; item: Item };

/**
 * A table in memory that finds its way by sorted indexes, as a database does, and not by looking at everything: for a
 * hundred thousand tenants. Its rules are those of the plain one, which it leans on for single items.
 */
export function createIndexedTable(): Table & { items: Map<string, Item> } {
  const plain = createMemoryTable();
  const { items } = plain;
  const orders = { table: new Map<string, SortedList<Entry>>() } as Record<string, Map<string, SortedList<Entry>>>;
  for (const index of Object.keys(indexes)) orders[index] = new Map();
  const entriesOf = (item: Item): [order: string, Entry][] => [
    ['table', { key: item.pk, sort: toBytes(item.sk), item }],
    ...Object.entries(indexes).flatMap(([index, { key, sort }]): [string, Entry][] => {
      const value = item[key];
      const place = item[sort];
      return value === undefined || place === undefined
        ? []
        : [[index, { key: value, sort: toBytes(String(place)), item }]];
    }),
  ];
  const forget = (item: Item | undefined) => {
    if (!item) return;
    for (const [order, entry] of entriesOf(item)) orders[order]?.get(entry.key)?.remove(entry);
  };
  const learn = (item: Item) => {
    for (const [order, entry] of entriesOf(item)) {
      const entries = orders[order]?.get(entry.key) ?? new SortedList(compare);
      orders[order]?.set(entry.key, entries);
      entries.add(entry);
    }
  };
  const at = (pk: string, sk: string) => items.get(`${pk}\n${sk}`);
  return {
    items,
    get: plain.get,
    async put(item, expected) {
      const before = at(item.pk, item.sk);
      await plain.put(item, expected);
      forget(before);
      learn(at(item.pk, item.sk) ?? item);
    },
    async remove(pk, sk) {
      forget(at(pk, sk));
      await plain.remove(pk, sk);
    },
    async query(query) {
      const entries = orders[query.index ?? 'table']?.get(query.key);
      const found = entries ? within(entries, query).map(({ item }) => item) : [];
      // What is left, the plain table puts into order and shape; its own search finds all of it.
      return createMemoryTable(new Map(found.map((item) => [`${item.pk}\n${item.sk}`, item]))).query(query);
    },
  };
}

/** The entries of one partition that a query is about: no more than its limit. */
function within(entries: SortedList<Entry>, { range, limit, descending }: Query): Entry[] {
  const [edge = ''] = Object.values(range ?? {}).map(toBytes);
  const isBefore = ({ sort }: Entry) => {
    if (!range || 'upTo' in range) return false;
    return 'after' in range ? order(sort, edge) <= 0 : order(sort, edge) < 0;
  };
  const isBeyond = ({ sort }: Entry) => {
    if (!range || 'after' in range) return false;
    return order(sort, edge) > 0 && !('beginsWith' in range && sort.startsWith(edge));
  };
  return entries.slice(isBefore, isBeyond, { limit, fromEnd: descending ?? false });
}

/** By the sort key, and where that is the same by the key of the item, so that each has a place of its own. */
function compare(a: Entry, b: Entry): number {
  return order(a.sort, b.sort) || order(a.item.pk, b.item.pk) || order(a.item.sk, b.item.sk);
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A text whose order is that of its bytes in UTF-8. */
function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
