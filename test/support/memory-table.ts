import {
  ConditionFailedError,
  type IndexName,
  type Item,
  indexes,
  type Query,
  type Table,
} from '../../src/tenants/store/table.ts';

const keyNames = ['pk', 'sk', ...Object.values(indexes).flatMap(({ key, sort }) => [key, sort])] as const;

/** Creates a table in memory with the semantics of DynamoDB; the store suite tests both with the same rules. */
export function createMemoryTable(items = new Map<string, Item>()): Table & { items: Map<string, Item> } {
  const keyOf = (pk: string, sk: string) => `${pk}\n${sk}`;
  return {
    items,
    async get(pk, sk) {
      const item = items.get(keyOf(pk, sk));
      return item && { ...item };
    },
    async put(item, expected) {
      const key = keyOf(item.pk, item.sk);
      const there = items.get(key);
      const holds = expected === 'any' || (expected === 'absent' ? !there : there?.version === expected);
      if (!holds) throw new ConditionFailedError(`${item.pk} is not at ${expected}`);
      const empty = keyNames.find((name) => item[name] === '');
      if (empty) throw new Error(`${item.pk} has an empty ${empty}, which DynamoDB refuses in a key`);
      const present = Object.entries(item).filter(([, value]) => value !== undefined);
      items.set(key, Object.fromEntries(present) as unknown as Item);
    },
    async remove(pk, sk) {
      items.delete(keyOf(pk, sk));
    },
    async query({ index, key, range, limit, descending }: Query) {
      const { key: keyName, sort } = index ? indexes[index] : { key: 'pk' as const, sort: 'sk' as const };
      const order = ({ [sort]: value = '' }: Item) => Buffer.from(value);
      const found = [...items.values()].filter((item) => item[keyName] === key && matches(item[sort], range));
      found.sort((a, b) => Buffer.compare(order(a), order(b)));
      if (descending) found.reverse();
      return found.slice(0, limit).map((item) => shownIn(index, item));
    },
  };
}

function matches(value: string | undefined, range: Query['range']): boolean {
  if (value === undefined) return false; // without its sort key, an item is not in the index
  if (!range) return true;
  if ('beginsWith' in range) return value.startsWith(range.beginsWith);
  if ('after' in range) return Buffer.compare(Buffer.from(value), Buffer.from(range.after)) > 0;
  if ('before' in range) return Buffer.compare(Buffer.from(value), Buffer.from(range.before)) < 0;
  return Buffer.compare(Buffer.from(value), Buffer.from(range.upTo)) <= 0;
}

/** Returns an item as an index shows it: keys and projected attributes, without data. Without an index, all of it. */
export function shownIn(index: IndexName | undefined, item: Item): Item {
  if (!index) return { ...item };
  const shown: Record<string, unknown> = { pk: item.pk, sk: item.sk, data: '' };
  for (const name of [indexes[index].key, indexes[index].sort, ...indexes[index].projected]) {
    if (item[name] !== undefined) shown[name] = item[name];
  }
  return shown as unknown as Item;
}
