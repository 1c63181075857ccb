/** Creates a client that all calls share: the given one, or one that the first call opens. A failure is not cached. */
export function lazyClient<Client extends { close?(): void }>(given: Client | undefined, open: () => Promise<Client>) {
  let client: Promise<Client> | undefined;
  return {
    get(): Promise<Client> {
      client ??= (given ? Promise.resolve(given) : open()).catch((error: unknown) => {
        client = undefined;
        throw error;
      });
      return client;
    },
    /** Closes a client that was opened here. A given one belongs to the caller and stays open. */
    async close(): Promise<void> {
      const opened = await client?.catch(() => undefined);
      client = undefined;
      if (opened !== given) opened?.close?.();
    },
  };
}
