type Known = { tenant_id: string };

/** What each of the lists has of one id, by the list's name. */
export type Row<Lists> = Known & {
  [Name in keyof Lists]?: Lists[Name] extends AsyncIterable<infer Entry> ? Entry : never;
};

/**
 * Lists that are each in the order of ids, side by side: a row for each id that any of them has, in that order. They are
 * read as the rows are consumed.
 */
export async function* mergeLists<Lists extends Readonly<Record<string, AsyncIterable<Known>>>>(
  lists: Lists,
): AsyncGenerator<Row<Lists>> {
  const columns = Object.entries(lists).map(([name, list]) => {
    return { name, rest: list[Symbol.asyncIterator](), head: undefined as Known | undefined };
  });
  const advance = async (column: (typeof columns)[number]) => {
    const { done, value } = await column.rest.next();
    column.head = done ? undefined : value;
  };
  try {
    for (const column of columns) await advance(column);
    for (;;) {
      const [tenant_id] = columns.flatMap(({ head }) => head?.tenant_id ?? []).sort();
      if (tenant_id === undefined) return;
      const having = columns.filter(({ head }) => head?.tenant_id === tenant_id);
      yield { tenant_id, ...Object.fromEntries(having.map(({ name, head }) => [name, head])) } as Row<Lists>;
      for (const column of having) await advance(column);
    }
  } finally {
    await Promise.all(columns.map(({ rest }) => rest.return?.()));
  }
}
