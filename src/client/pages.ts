import { UnexpectedAnswerError } from './errors.ts';

/** One page of a list, and the cursor of the next one. The last page has none. */
export interface Page<Item> {
  items: readonly Item[];
  next: string | null | undefined;
}

/** A million tenants fit into as many pages of the largest size. */
const MAX_PAGES = 10_000;

/** Pages without an item in a row. A filter that few tenants match makes some. */
const MAX_EMPTY_PAGES = 1000;

/** The largest `limit` of every list. */
const LARGEST_PAGE = 100;

/**
 * Iterates over the pages of a list. Throws `UnexpectedAnswerError` for what is no list, and for what would never end: a
 * cursor that repeats, and pages without end.
 */
export async function* eachPage<Item>(
  endpoint: string,
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  const refuse = (reason: string) => new UnexpectedAnswerError(endpoint, 200, reason);
  let cursor: string | undefined;
  for (let pages = 0, empty = 0; pages < MAX_PAGES && empty < MAX_EMPTY_PAGES; pages += 1) {
    const { items, next } = await read(cursor);
    if (!Array.isArray(items)) throw refuse('its list is none');
    yield items;
    if (next === null || next === undefined) return;
    if (next === cursor || typeof next !== 'string') throw refuse('its list does not go on');
    empty = items.length === 0 ? empty + 1 : 0;
    cursor = next;
  }
  throw refuse('its list does not end');
}

/**
 * Returns up to `wanted` items of a list, and the cursor of what follows them, null if nothing does. Throws like `eachPage`.
 */
export async function readItems<Item>(
  endpoint: string,
  wanted: number,
  read: (page: { limit: number; cursor: string | undefined }) => Promise<Page<Item>>,
): Promise<{ items: Item[]; next_cursor: string | null }> {
  const items: Item[] = [];
  let following: string | null = null;
  const pages = eachPage(endpoint, async (cursor) => {
    const page = await read({ limit: Math.min(wanted - items.length, LARGEST_PAGE), cursor });
    following = page.next ?? null;
    return page;
  });
  for await (const page of pages) {
    items.push(...page);
    if (items.length >= wanted) break;
  }
  return { items, next_cursor: following };
}
