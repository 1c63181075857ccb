type Known = { tenant_id: string };

/** The entries of several lists for one id, by the list's name. */
export type Row<Lists> = Known & {
  [Name in keyof Lists]?: Lists[Name] extends AsyncIterable<infer Entry> ? Entry : never;
};

/**
 * Joins lists that are each in the order of ids: yields one row for each id that any of them has, in that order. The lists
 * are read while the rows are consumed.
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
      const matching = columns.filter(({ head }) => head?.tenant_id === tenant_id);
      yield { tenant_id, ...Object.fromEntries(matching.map(({ name, head }) => [name, head])) } as Row<Lists>;
      for (const column of matching) await advance(column);
    }
  } finally {
    await Promise.all(columns.map(({ rest }) => rest.return?.()));
  }
}
