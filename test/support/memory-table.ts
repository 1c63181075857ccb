import { ConditionFailedError, type Item, indexes, type Query, type Table } from '../../src/tenants/table.ts';

/** A table in memory with the semantics of the real one; the store suite holds both to the same rules. */
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
      items.set(
        key,
        Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as unknown as Item,
      );
    },
    async remove(pk, sk) {
      items.delete(keyOf(pk, sk));
    },
    async query({ index, key, range, limit, descending }: Query) {
      const { key: keyName, sort } = index ? indexes[index] : { key: 'pk' as const, sort: 'sk' as const };
      const found = [...items.values()].filter((item) => item[keyName] === key && matches(String(item[sort]), range));
      found.sort((a, b) => (String(a[sort]) < String(b[sort]) ? -1 : 1));
      if (descending) found.reverse();
      return found.slice(0, limit).map((item) => ({ ...item }));
    },
  };
}

function matches(value: string, range: Query['range']): boolean {
  if (!range) return true;
  if ('after' in range) return value > range.after;
  if ('upTo' in range) return value <= range.upTo;
  return value.startsWith(range.beginsWith);
}
