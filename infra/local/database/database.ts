import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { StorageFullError } from '../../../src/compute/errors.ts';

/** SQLITE_FULL, in the lowest byte of `errcode` (https://sqlite.org/rescode.html). */
const FULL = 13;

/** The database of this machine. Each SQL text is prepared once. Every statement outside a transaction is one by itself. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** Runs a statement. Returns how many rows it changed, without those that triggers changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(explained(() => this.#prepare(sql).run(...values)).changes);
  }

  /** Returns the first row, if there is one. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return explained(() => this.#prepare(sql).get(...values)) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return explained(() => this.#prepare(sql).all(...values)) as Row[];
  }

  /** Commits everything that `work` writes, or nothing of it if it throws. Inside a transaction, joins that one. */
  transaction<T>(work: () => T): T {
    if (this.#connection.isTransaction) return work();
    this.run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself rolls back after some errors, such as a full disk.
      if (this.#connection.isTransaction) this.run('ROLLBACK');
      throw error;
    }
  }

  /** Does nothing on a closed database. */
  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode = 0 } = error as { errcode?: number };
    if ((errcode & 0xff) === FULL)
      throw new StorageFullError('the database of Berth cannot be written', { cause: error });
    throw error;
  }
}
