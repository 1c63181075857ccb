import type { Item } from '../../../src/tenants/store/table.ts';
import { WakeSignal } from '../wake-signal.ts';
import type { Database } from './database.ts';
import { toItem } from './sqlite-table.ts';

/** One write of a tenant: the item before and after it. */
export interface ChangeRecord {
  sequence: number;
  before: Item | undefined;
  after: Item | undefined;
}

interface Row {
  sequence: number;
  before: string | null;
  after: string | null;
}

/**
 * The change stream of the tenants table. The database records each write of a tenant in the transaction of that write. A
 * record stays until it is removed, so a change that was not delivered before a kill is delivered after it. Records are in
 * the order of the writes.
 */
export class ChangeLog {
  readonly #database: Database;
  /** Notified after each write of a tenant. */
  readonly written = new WakeSignal();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns the oldest records. */
  read(limit: number): ChangeRecord[] {
    const rows = this.#database.all<Row>('SELECT * FROM changes ORDER BY sequence LIMIT ?', limit);
    return rows.map(({ sequence, before, after }) => ({ sequence, before: readItem(before), after: readItem(after) }));
  }

  remove(sequences: readonly number[]): void {
    this.#database.transaction(() => {
      for (const sequence of sequences) this.#database.run('DELETE FROM changes WHERE sequence = ?', sequence);
    });
  }
}

function readItem(json: string | null): Item | undefined {
  return json === null ? undefined : toItem(JSON.parse(json));
}
