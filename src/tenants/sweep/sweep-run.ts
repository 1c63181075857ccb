import type { Table } from '../store/table.ts';

const KEYS = { pk: 'meta', sk: 'sweep' };

/**
 * One of the runs in which functions sweep for up to a minute. A run begins every minute and when a change leaves work
 * behind, so runs would overlap. Where a later one began, an earlier one has nothing more to begin: the later one does the
 * same, and for longer.
 */
export class SweepRun {
  readonly #table: Table;
  readonly #id: string;

  constructor(table: Table, id: string) {
    this.#table = table;
    this.#id = id;
  }

  /** Records that this run began. */
  async begin(): Promise<void> {
    await this.#table.put({ ...KEYS, data: this.#id, version: 1 }, 'any');
  }

  /** Returns true unless a later run began. */
  async isLatest(): Promise<boolean> {
    return (await this.#table.get(KEYS.pk, KEYS.sk))?.data === this.#id;
  }
}
