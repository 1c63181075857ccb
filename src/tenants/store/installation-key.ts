import { randomBytes } from 'node:crypto';
import { ignoreConditionFailed, type Table } from './table.ts';

/** The table has this name for the key from a time when it signed cursors only. */
const KEY = { pk: 'meta', sk: 'cursor-key' };

/**
 * The secret key of the installation, which signs cursors and hashes specifications. Made once, kept in the table, and read
 * once by each process.
 */
export class InstallationKey {
  readonly #table: Table;
  #key: Promise<Uint8Array | undefined> | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Returns the key, and makes it where there is none. A failure is not cached. */
  async get(): Promise<Uint8Array> {
    const known = await this.find();
    if (known) return known;
    const made = randomBytes(32);
    try {
      await this.#table.put({ ...KEY, data: made.toString('base64') }, 'absent');
      this.#key = Promise.resolve(made);
      return made;
    } catch (error) {
      ignoreConditionFailed(error);
      const others = await this.find(); // another process was first
      if (others) return others;
      throw error;
    }
  }

  /** Returns the key, or undefined where the table has none yet. */
  async find(): Promise<Uint8Array | undefined> {
    this.#key ??= this.#read();
    const reading = this.#key;
    const forget = () => {
      if (this.#key === reading) this.#key = undefined;
    };
    try {
      const found = await reading;
      if (!found) forget();
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    const item = await this.#table.get(KEY.pk, KEY.sk);
    return item && Buffer.from(item.data, 'base64');
  }
}
