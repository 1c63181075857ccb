import { type Item, indexes, type Query, type Table } from '../../src/tenants/table.ts';
import { createMemoryTable } from './memory-table.ts';

type Entry = { key: string; sort: string; item: Item };

/**
 * A table in memory that finds its way by sorted indexes, as a database does, and not by looking at everything: for a
 * hundred thousand tenants. Its rules are those of the plain one, which it leans on for single items.
 */
export function createIndexedTable(): Table & { items: Map<string, Item> } {
  const plain = createMemoryTable();
  const { items } = plain;
  const orders = { table: new Map<string, Entry[]>() } as Record<string, Map<string, Entry[]>>;
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
    for (const [order, entry] of entriesOf(item)) {
      const entries = orders[order]?.get(entry.key) ?? [];
      const place = placeOf(entries, entry);
      if (entries[place] && compare(entries[place], entry) === 0) entries.splice(place, 1);
    }
  };
  const learn = (item: Item) => {
    for (const [order, entry] of entriesOf(item)) {
      const partitions = orders[order];
      const entries = partitions?.get(entry.key) ?? [];
      partitions?.set(entry.key, entries);
      entries.splice(placeOf(entries, entry), 0, entry);
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
      const entries = orders[query.index ?? 'table']?.get(query.key) ?? [];
      const found = within(entries, query).map(({ item }) => item);
      // What is left, the plain table puts into order and shape; its own search finds all of it.
      return createMemoryTable(new Map(found.map((item) => [`${item.pk}\n${item.sk}`, item]))).query(query);
    },
  };
}

/** The entries of one partition that a query is about: no more than its limit. */
function within(entries: readonly Entry[], { range, limit, descending }: Query): readonly Entry[] {
  const [edge = ''] = Object.values(range ?? {}).map(toBytes);
  const from =
    !range || 'upTo' in range ? 0 : firstWhere(entries, ({ sort }) => order(sort, edge) >= ('after' in range ? 1 : 0));
  let end = entries.length;
  if (range && 'upTo' in range) end = firstWhere(entries, ({ sort }) => order(sort, edge) > 0);
  if (range && 'beginsWith' in range) {
    end = firstWhere(entries, ({ sort }) => order(sort, edge) > 0 && !sort.startsWith(edge));
  }
  return descending
    ? entries.slice(Math.max(from, end - limit), end)
    : entries.slice(from, Math.min(end, from + limit));
}

function placeOf(entries: readonly Entry[], entry: Entry): number {
  return firstWhere(entries, (other) => compare(other, entry) >= 0);
}

/** The place of the first entry for which it holds, where it holds for all that follow too. */
function firstWhere(entries: readonly Entry[], holds: (entry: Entry) => boolean): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && holds(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
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
