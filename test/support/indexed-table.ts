import { type IndexName, type Item, indexes, type Query, type Table } from '../../src/tenants/store/table.ts';
import { createMemoryTable, shownIn } from './memory-table.ts';
import { SortedList } from './sorted-list.ts';

type Entry = { key: string; sort: string; item: Item };

/** The keys of the table and of each index. */
const orders: { index?: IndexName; key: keyof Item; sort: keyof Item }[] = [
  { key: 'pk', sort: 'sk' },
  ...Object.entries(indexes).map(([index, keys]) => ({ index: index as IndexName, ...keys })),
];

/**
 * Creates a table in memory with sorted indexes, as a database has, for tests with a hundred thousand tenants. It uses the
 * plain memory table for single items, so both follow the same rules.
 */
export function createIndexedTable(): Table & { items: Map<string, Item> } {
  const plain = createMemoryTable();
  const { items } = plain;
  const partitions = orders.map(() => new Map<string, SortedList<Entry>>());
  /** The entry of each item in each order. */
  const entriesOf = new Map<string, (Entry | undefined)[]>();
  const place = (id: string, item: Item | undefined) => {
    const entries = entriesOf.get(id) ?? [];
    orders.forEach((order, n) => {
      const [key, sort] = item ? [item[order.key], item[order.sort]] : [];
      const before = entries[n];
      if (item && before && before.key === key && before.item[order.sort] === sort) {
        before.item = item;
        return;
      }
      if (before) partitions[n]?.get(before.key)?.remove(before);
      entries[n] = undefined;
      if (!item || key === undefined || sort === undefined) return;
      const entry = { key: String(key), sort: toBytes(String(sort)), item };
      const partition = partitions[n]?.get(entry.key) ?? new SortedList(compare);
      partitions[n]?.set(entry.key, partition);
      partition.add(entry);
      entries[n] = entry;
    });
    if (item) entriesOf.set(id, entries);
    else entriesOf.delete(id);
  };
  return {
    items,
    get: plain.get,
    async put(item, expected) {
      await plain.put(item, expected);
      const id = `${item.pk}\n${item.sk}`;
      place(id, items.get(id));
    },
    async remove(pk, sk) {
      await plain.remove(pk, sk);
      place(`${pk}\n${sk}`, undefined);
    },
    async query(query) {
      const partition = partitions[orders.findIndex(({ index }) => index === query.index)]?.get(query.key);
      const found = partition ? within(partition, query) : [];
      if (query.descending) found.reverse();
      return found.map(({ item }) => shownIn(query.index, item));
    },
  };
}

/** Returns the entries of a partition that match a query, up to its limit. */
function within(entries: SortedList<Entry>, { range, limit, descending }: Query): Entry[] {
  const [edge = ''] = Object.values(range ?? {}).map(toBytes);
  const isBefore = ({ sort }: Entry) => {
    if (!range || 'upTo' in range || 'before' in range) return false;
    return 'after' in range ? order(sort, edge) <= 0 : order(sort, edge) < 0;
  };
  const isBeyond = ({ sort }: Entry) => {
    if (!range || 'after' in range) return false;
    if ('before' in range) return order(sort, edge) >= 0;
    return order(sort, edge) > 0 && !('beginsWith' in range && sort.startsWith(edge));
  };
  return entries.slice(isBefore, isBeyond, { limit, fromEnd: descending ?? false });
}

/** Compares by the sort key, then by the key of the item, so that no two entries are equal. */
function compare(a: Entry, b: Entry): number {
  return order(a.sort, b.sort) || order(a.item.pk, b.item.pk) || order(a.item.sk, b.item.sk);
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Returns a string that sorts like the UTF-8 bytes of the text. */
function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
