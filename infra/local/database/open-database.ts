import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { CommandError } from '../command-line.ts';
import { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { additions, SCHEMA_VERSION } from './schema.ts';

/** The name of the file in the data directory. SQLite puts `-wal` beside it while it is open. */
const FILE = 'berth.db';

/** Names the process that holds the database, for the message that refuses a second one. It locks nothing. */
const HOLDER_FILE = 'host.pid';

/**
 * Opens the database in a data directory, and creates it if there is none. Throws `CommandError` if another process has it
 * open, if it cannot be read and written, or if an older version of Berth wrote the directory.
 *
 * One process at a time. With `locking_mode = EXCLUSIVE` SQLite keeps its lock on the file until the connection is closed.
 * The operating system releases the lock of a process that dies, so a SIGKILL leaves no stale lock. A process loses its
 * POSIX lock when it closes any descriptor of the file, so nothing else in this process may open it
 * (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 *
 * A committed transaction survives a SIGKILL and a power cut: with `synchronous = FULL` SQLite waits for the disk at each
 * commit (https://sqlite.org/pragma.html#pragma_synchronous).
 */
export async function openDatabase(dataDir: string): Promise<Database> {
  refuseOldLayout(dataDir);
  const path = join(dataDir, FILE);
  const { DatabaseSync } = await import('node:sqlite');
  let connection: DatabaseSync | undefined;
  try {
    createPrivateFile(path);
    refuseEmptied(path, dataDir);
    connection = new DatabaseSync(path, { timeout: 0 });
    prepare(connection);
    nameHolder(dataDir);
    return new Database(connection);
  } catch (error) {
    connection?.close();
    throw new CommandError(describe(error as SqliteError, path, dataDir));
  }
}

/** Opens a database in memory, which is gone when it is closed. */
export async function openMemoryDatabase(): Promise<Database> {
  const { DatabaseSync } = await import('node:sqlite');
  const connection = new DatabaseSync(':memory:');
  prepare(connection);
  return new Database(connection);
}

/** The empty transaction takes the lock, which the connection keeps from then on. */
const SETTINGS = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = FAST;
BEGIN EXCLUSIVE;
COMMIT;
`;

function prepare(connection: DatabaseSync): void {
  connection.exec(SETTINGS);
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > SCHEMA_VERSION) throw new NewerSchemaError();
  // Finds damage now, where one sentence can report it, and not in the middle of a request. Reads 250 MB in 0.2 s.
  const { quick_check: result } = connection.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (result !== 'ok') throw Object.assign(new Error(result), { errcode: CORRUPT });
  if (version < SCHEMA_VERSION) migrate(connection, version);
  // In one transaction, because the disk is waited for at the end of each. Closing the connection undoes a part of it.
  connection.exec(`BEGIN; ${additions} COMMIT;`);
}

/** SQLite creates its files with the permissions of the umask, and the files beside with those of the database. */
function createPrivateFile(path: string): void {
  if (existsSync(path)) return;
  closeSync(openSync(path, 'wx', 0o600));
  chmodSync(path, 0o600); // a umask can take away the owner's permissions, too
}

/**
 * SQLite takes an empty file for a new database, which would forget all tenants. A host writes its pid after it has written
 * the first page, so an empty file beside a pid has lost what was in it.
 */
function refuseEmptied(path: string, dataDir: string): void {
  if (statSync(path).size > 0 || !existsSync(join(dataDir, HOLDER_FILE))) return;
  throw Object.assign(new Error('the file is empty'), { errcode: CORRUPT });
}

/** A host whose pid cannot be written works like any other. */
function nameHolder(dataDir: string): void {
  const file = join(dataDir, HOLDER_FILE);
  try {
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, String(process.pid), { mode: 0o600 });
  } catch {
    // Only the message for a second host is shorter.
  }
}

/** Versions before 0.2 kept LevelDB files in two folders. */
function refuseOldLayout(dataDir: string): void {
  const old = ['tables', 'events'].map((folder) => join(dataDir, folder));
  const found = old.find((folder) => existsSync(join(folder, 'CURRENT')));
  if (found === undefined) return;
  throw new CommandError(
    `The data directory ${dataDir} was written by an older version of Berth, which kept LevelDB files in ${found}.\n` +
      'Choose another directory with --data-dir, or destroy its tenants with that version first and remove the directory.',
  );
}

/** What `node:sqlite` throws. The lowest byte of `errcode` is the primary code (https://sqlite.org/rescode.html). */
type SqliteError = Error & { errcode?: number; code?: string };

class NewerSchemaError extends Error {}

const CHOOSE_ANOTHER = 'choose another directory with --data-dir.';

const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

const problems: Readonly<Record<number, string>> = {
  8: 'is read-only',
  10: 'cannot be read and written',
  13: 'cannot be written, because the disk is full',
  [CORRUPT]: 'is damaged',
  [NOT_A_DATABASE]: 'is not a database',
};

function describe(error: SqliteError, path: string, dataDir: string): string {
  const code = (error.errcode ?? 0) & 0xff;
  if (code === BUSY) {
    return `Another Berth${holderOf(dataDir)} is using the data directory ${dataDir}.\nStop it, or ${CHOOSE_ANOTHER}`;
  }
  if (error instanceof NewerSchemaError) {
    return `The database ${path} was written by a newer version of Berth.\nStart that version, or ${CHOOSE_ANOTHER}`;
  }
  const file = statSync(path, { throwIfNoEntry: false });
  const problem = file?.isDirectory() ? 'is a folder' : file && !isWritable(path) ? 'is read-only' : problems[code];
  const advice =
    code === CORRUPT || code === NOT_A_DATABASE
      ? 'Put a copy of it in its place. Or move it away to begin anew: what still runs is then left alone.'
      : `Correct that, or ${CHOOSE_ANOTHER}`;
  return `The database ${path} ${problem ?? 'cannot be opened'} (${error.message}).\n${advice}`;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function holderOf(dataDir: string): string {
  try {
    const pid = Number.parseInt(readFileSync(join(dataDir, HOLDER_FILE), 'utf8'), 10);
    return Number.isInteger(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
