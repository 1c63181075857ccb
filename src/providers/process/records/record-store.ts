import { randomUUID } from 'node:crypto';
import { closeSync, fsync, openSync, statSync, writeFileSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DNS_LABEL } from '../../../compute/spec/names.ts';
import { freeSpace } from '../logs/disk-space.ts';
import { LogPipes } from '../logs/log-pipes.ts';
import { openSteadyClock, type SteadyClock } from '../steady-clock.ts';
import { ASIDE, codeOf, ensureFolder, openAnew, readText, setAside, unlessMissing, withAccess } from './mend.ts';
import { readOwner } from './owner-id.ts';
import { parseRecord } from './parse-record.ts';
import type { Instance, TenantRecord } from './record.ts';
import { removeDeadLocks, withLock } from './tenant-lock.ts';

const sync = promisify(fsync);
const RECORD = 'record.json';
const NEW_RECORD = `${RECORD}.new`;
const TRASH = '.trash-';
const LOCKS = '.locks';
/** The folders of a tenant. A folder that has anything else but them and a record is not Berth's. */
const FOLDERS = ['logs', 'work', 'tmp'] as const;

/**
 * The data folder of one provider. Each tenant has a folder, named by its id, with its record, logs and working folders.
 * Names that begin with a dot cannot be tenant ids; they are the provider's own.
 */
export class RecordStore {
  readonly #root: string;
  #owner: Promise<string> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Runs a function with exclusive access to a tenant, across processes. */
  async locked<T>(tenantId: string, run: () => Promise<T>): Promise<T> {
    return withLock(await this.#lockFile(tenantId), run);
  }

  /** Runs a function that alone may assign ports. A caller that needs a tenant's lock too takes that one first. */
  async assigningPorts<T>(run: () => Promise<T>): Promise<T> {
    return withLock(await this.#lockFile('.ports'), run);
  }

  /**
   * Returns the record of a tenant; undefined where there is none that can be read. A lost or damaged record is that of no
   * tenant: `provision` makes it anew, after it has ended what still runs. Throws `ProviderFailedError` if a newer version
   * of Berth wrote it.
   */
  async read(tenantId: string): Promise<TenantRecord | undefined> {
    const folder = this.#path(tenantId);
    const text = await readText(join(folder, RECORD), folder);
    return text === undefined ? undefined : parseRecord(tenantId, text);
  }

  /**
   * Returns a text that changes with each write of a tenant's record; undefined if there is none. Synchronous, because that
   * takes 5 µs, and a tenth of a millisecond through the thread pool.
   */
  stampOf(tenantId: string): string | undefined {
    try {
      const stats = statSync(this.#path(tenantId, RECORD), { bigint: true, throwIfNoEntry: false });
      return stats && `${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.size}`;
    } catch {
      return undefined; // a file is in the place of the folder, or the folder is closed to this user
    }
  }

  /** Replaces the record atomically: a crash at any moment leaves the old or the new one, complete and on disk. */
  async write(record: TenantRecord): Promise<void> {
    const folder = this.#path(record.tenant_id);
    const temporary = join(folder, NEW_RECORD); // one name is enough, because only the holder of the lock writes
    await ensureFolder(folder);
    const file = await openAnew(temporary, folder);
    try {
      writeFileSync(file, JSON.stringify(record));
      await sync(file);
    } finally {
      closeSync(file);
    }
    await rename(temporary, join(folder, RECORD)).catch(async (error: unknown) => {
      if (!['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
      await setAside(join(folder, RECORD));
      await rename(temporary, join(folder, RECORD));
    });
    await syncFolder(folder);
  }

  /** Returns true if a folder with the name of a tenant is not Berth's: it has no record, and files of other names. */
  async isForeign(tenantId: string): Promise<boolean> {
    const names = await this.#namesIn(tenantId);
    return names === 'closed' || !(names.includes(RECORD) || names.every(isOwnName));
  }

  /** Returns true if a folder is that of a tenant whose record was lost. A first record that was begun does not count. */
  async hasRemains(tenantId: string): Promise<boolean> {
    const names = await this.#namesIn(tenantId);
    return names !== 'closed' && names.some((name) => name !== NEW_RECORD) && !(await this.isForeign(tenantId));
  }

  /** Removes everything of a tenant. What a crash leaves of it is removed by the next call or by `sweep`. */
  async remove(tenantId: string): Promise<void> {
    const trash = this.#path(`${TRASH}${randomUUID()}`);
    await rm(this.#path(`${tenantId}${ASIDE}`), { recursive: true, force: true });
    const isMoved = await unlessMissing(rename(this.#path(tenantId), trash).then(() => true));
    if (!isMoved) return this.#emptyTrash();
    await syncFolder(this.#root);
    await rm(trash, { recursive: true, force: true });
  }

  /** Creates the data folder, readable by this user only, with its id. Throws what the file system says against it. */
  async prepare(): Promise<void> {
    await ensureFolder(this.#root);
    await this.owner();
  }

  /**
   * Removes the remains of interrupted calls of `remove`, the locks of dead holders, and the folders of tenants whose first
   * record was not written.
   */
  async sweep(): Promise<void> {
    await this.#emptyTrash();
    await removeDeadLocks(await this.#locks());
    for (const tenantId of await this.tenantIds()) {
      if (!(await this.#isUnfinished(tenantId))) continue;
      await this.locked(tenantId, async () => {
        // Check again under the lock: a provision may have been writing it.
        if (await this.#isUnfinished(tenantId)) await this.remove(tenantId);
      });
    }
  }

  async #emptyTrash(): Promise<void> {
    const trash = (await this.#names()).filter((name) => name.startsWith(TRASH));
    await Promise.all(trash.map((name) => rm(this.#path(name), { recursive: true, force: true })));
  }

  /** Returns the ids of all tenants that have a folder. A folder may turn out to have no record. */
  async tenantIds(): Promise<string[]> {
    return (await this.#names()).filter((name) => DNS_LABEL.test(name));
  }

  /** Returns the id of this data folder. It is generated once, and marks every process in its environment. */
  owner(): Promise<string> {
    this.#owner ??= readOwner(this.#root);
    return this.#owner;
  }

  /** Returns the folder that has everything of a tenant. */
  folderOf(tenantId: string): string {
    return this.#path(tenantId);
  }

  logFile(tenantId: string, instance: Pick<Instance, 'id'>): string {
    return this.#path(tenantId, 'logs', `${instance.id}.log`);
  }

  /** Returns the clock by which records of this folder count time. */
  clock(): SteadyClock {
    return openSteadyClock(this.#path('.locks', '.clock'));
  }

  /** Gives up rotated logs where the disk is about to be full. Returns true if it is. */
  freeSpace(): Promise<boolean> {
    return freeSpace(this.#root);
  }

  /** Returns the pipes of the logs of this folder. They are a connection, so each host has its own. */
  pipes(): LogPipes {
    return new LogPipes(this.#root);
  }

  /** Removes the logs of all instances but those given by id. */
  async pruneLogs(tenantId: string, kept: readonly string[]): Promise<void> {
    const folder = this.#path(tenantId, 'logs');
    const names = (await unlessMissing(withAccess([folder], () => readdir(folder)))) ?? [];
    const stale = names.filter((name) => !kept.some((id) => name.startsWith(`${id}.`)));
    await Promise.all(stale.map((name) => rm(this.#path(tenantId, 'logs', name), { recursive: true, force: true })));
  }

  /** Creates the folders of a container: one to work in, which all versions share, and one for temporary files. */
  async foldersOf(tenantId: string, container: string): Promise<{ home: string; temporary: string }> {
    const [home, temporary] = [this.#path(tenantId, 'work', container), this.#path(tenantId, 'tmp', container)];
    for (const name of FOLDERS) await ensureFolder(this.#path(tenantId, name));
    for (const folder of [home, temporary]) await ensureFolder(folder);
    return { home, temporary };
  }

  /** Returns true for the folder of a tenant that is empty, or contains only a record that was not completely written. */
  async #isUnfinished(tenantId: string): Promise<boolean> {
    const names = await this.#namesIn(tenantId);
    return names !== 'closed' && names.every((name) => name === NEW_RECORD);
  }

  /** Returns the names in the folder of a tenant; `closed` for a folder that another user keeps for itself. */
  async #namesIn(tenantId: string): Promise<string[] | 'closed'> {
    const folder = this.#path(tenantId);
    try {
      return (await unlessMissing(withAccess([folder], () => readdir(folder)))) ?? [];
    } catch (error) {
      if (codeOf(error) !== 'EACCES') throw error;
      return 'closed';
    }
  }

  async #lockFile(name: string): Promise<string> {
    return join(await this.#locks(), name);
  }

  async #locks(): Promise<string> {
    const folder = this.#path(LOCKS);
    await ensureFolder(folder);
    return folder;
  }

  async #names(): Promise<string[]> {
    return (await unlessMissing(readdir(this.#root))) ?? [];
  }

  #path(...names: string[]): string {
    return join(this.#root, ...names);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const descriptor = openSync(folder, 'r');
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isOwnName(name: string): boolean {
  return name === NEW_RECORD || name.endsWith(ASIDE) || FOLDERS.some((folder) => folder === name);
}
