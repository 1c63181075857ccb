/** A client that all calls share: given, or opened at the first call. A failure to open it is forgotten. */
export class KeptClient<Client extends { close?(): void }> {
  readonly #given: Client | undefined;
  readonly #open: () => Promise<Client>;
  #client: Promise<Client> | undefined;

  constructor(given: Client | undefined, open: () => Promise<Client>) {
    this.#given = given;
    this.#open = open;
  }

  get(): Promise<Client> {
    this.#client ??= (this.#given ? Promise.resolve(this.#given) : this.#open()).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  /** Ends what was opened; a client that was given is its giver's. */
  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (client && client !== this.#given) client.close?.();
  }
}
