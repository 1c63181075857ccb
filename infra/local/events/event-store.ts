import { join } from 'node:path';
import { Level } from 'level';
import { CommandError } from '../command-error.ts';

/**
 * Where the events of this machine are kept: requests that wait, those that were given up, and what was announced. What was
 * written survives a kill of the process, as for the table. One process at a time; the lock of the data directory sees to that.
 */
export class EventStore {
  readonly #level: Level<string, unknown>;

  private constructor(level: Level<string, unknown>) {
    this.#level = level;
  }

  /** Throws `CommandError` where it cannot be read. */
  static async open(dataDir: string): Promise<EventStore> {
    const directory = join(dataDir, 'events');
    const level = new Level<string, unknown>(directory, { valueEncoding: 'json' });
    try {
      await level.open();
    } catch (error) {
      const { message } = ((error as Error).cause ?? error) as Error;
      throw new CommandError(
        `The events in ${directory} cannot be read (${message}).\nPut a copy of them in their place. Or move them away, to begin anew: ` +
          'requests that still wait there are then not served.',
      );
    }
    return new EventStore(level);
  }

  close(): Promise<void> {
    return this.#level.close();
  }

  /** What is there under a prefix, by key, in their order; without the prefix. */
  async read<T>(
    prefix: string,
    { after = '', limit = -1 }: { after?: string; limit?: number } = {},
  ): Promise<[string, T][]> {
    const range = { gt: `${prefix}/${after}`, lt: `${prefix}0`, limit }; // "0" comes right after "/"
    const entries = await this.#level.iterator(range).all();
    return entries.map(([key, value]) => [key.slice(prefix.length + 1), value as T]);
  }

  /** All of it or nothing. A value of undefined deletes. */
  async write(prefix: string, changes: readonly (readonly [key: string, value: unknown])[]): Promise<void> {
    await this.writeAll(changes.map(([key, value]) => [`${prefix}/${key}`, value]));
  }

  /** The same for keys with their prefixes. */
  async writeAll(changes: readonly (readonly [key: string, value: unknown])[]): Promise<void> {
    const operations = changes.map(([key, value]) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    );
    await this.#level.batch(operations);
  }
}
