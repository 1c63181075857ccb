import type { Item, Query, Table } from './table.ts';

/** How many items are read at a time where all are wanted. */
const WALK_BATCH = 1000;

/** Yields all items of a key or of an index, in the order of their ids, those after an id. */
export async function* walk(
  table: Table,
  query: Pick<Query, 'index' | 'key'>,
  after: string | undefined,
): AsyncGenerator<Item> {
  for (let last = after; ; ) {
    const range = last ? { range: { after: last } } : {};
    const items = await table.query({ ...query, ...range, limit: WALK_BATCH });
    yield* items;
    last = items.at(-1)?.sk;
    if (items.length < WALK_BATCH) return;
  }
}
