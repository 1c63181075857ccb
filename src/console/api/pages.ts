interface Page<T> {
  items: readonly T[];
  /** Null on the last page. */
  next_cursor?: string | null | undefined;
}

/** Returns the items of the first pages of a list, and whether there are more. `readPage` reads the page at a cursor. */
export async function readPages<T>(
  pages: number,
  readPage: (at: { cursor?: string }) => Promise<Page<T>>,
): Promise<{ items: T[]; hasMore: boolean }> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < pages && cursor !== null; page += 1) {
    const answer = await readPage(cursor === undefined ? {} : { cursor });
    items.push(...answer.items);
    cursor = answer.next_cursor ?? null;
  }
  return { items, hasMore: cursor !== null };
}
