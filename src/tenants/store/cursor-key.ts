import { randomBytes } from 'node:crypto';
import { ignoreConditionFailed, type Table } from './table.ts';

/** The key that signs cursors. Made once for the installation, kept in the table, and read once by each process. */
export class CursorKey {
  readonly #table: Table;
  #key: Promise<Uint8Array> | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Returns the key, and makes it at the first use. A failure is not cached. */
  get(): Promise<Uint8Array> {
    this.#key ??= this.#load().catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }

  async #load(): Promise<Uint8Array> {
    const made = { pk: 'meta', sk: 'cursor-key', data: randomBytes(32).toString('base64') };
    let item = await this.#table.get(made.pk, made.sk);
    if (!item) {
      await this.#table.put(made, 'absent').catch(ignoreConditionFailed);
      item = await this.#table.get(made.pk, made.sk);
    }
    return Buffer.from((item ?? made).data, 'base64');
  }
}
