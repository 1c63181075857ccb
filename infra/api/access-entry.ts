/** What is declared for an operation. An operation that is in no list gets nothing by silence: that would only show when it fails. */
export function entryOf<T>(entries: Readonly<Record<string, T>>, operation: string, file: string): T {
  const entry = Object.hasOwn(entries, operation) ? entries[operation] : undefined;
  if (entry === undefined) throw new Error(`Say in infra/${file} what ${operation} needs, even if it is nothing.`);
  return entry;
}
