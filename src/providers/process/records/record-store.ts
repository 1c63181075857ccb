import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderFailedError } from '../../../compute/errors.ts';
import { DNS_LABEL } from '../../../compute/spec/names.ts';
import { LogPipes } from '../logs/log-pipes.ts';
import { type Instance, TenantRecord } from './record.ts';
import { withLock } from './tenant-lock.ts';

const RECORD = 'record.json';
const NEW_RECORD = `${RECORD}.new`;
const TRASH = '.trash-';

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

  /** Returns the record of a tenant, or undefined. Throws `ProviderFailedError` if the file is not a valid record. */
  async read(tenantId: string): Promise<TenantRecord | undefined> {
    const text = await unlessMissing(readFile(this.#path(tenantId, RECORD), 'utf8'));
    if (text === undefined) return undefined;
    try {
      return TenantRecord.parse(JSON.parse(text));
    } catch {
      throw new ProviderFailedError(`the record of tenant ${tenantId} cannot be read`, {
        retryable: false,
        hint: 'Destroy the tenant, which ends all its processes, and provision it again.',
      });
    }
  }

  /**
   * Returns a text that changes with each write of a tenant's record; undefined if there is none. Synchronous, because that
   * takes 5 µs, and a tenth of a millisecond through the thread pool.
   */
  stampOf(tenantId: string): string | undefined {
    const stats = statSync(this.#path(tenantId, RECORD), { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.size}`;
  }

  /** Replaces the record atomically: a crash at any moment leaves the old or the new one, complete and on disk. */
  async write(record: TenantRecord): Promise<void> {
    const folder = this.#path(record.tenant_id);
    const temporary = join(folder, NEW_RECORD); // one name is enough, because only the holder of the lock writes
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(record));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, RECORD));
    await syncFolder(folder);
  }

  /** Returns true if a folder that is not Berth's has the name of a tenant: it has no record, not even an unfinished one. */
  async isForeign(tenantId: string): Promise<boolean> {
    try {
      const names = await readdir(this.#path(tenantId));
      return !names.includes(RECORD) && names.some((name) => name !== NEW_RECORD);
    } catch (error) {
      return codeOf(error) !== 'ENOENT';
    }
  }

  /** Removes everything of a tenant. What a crash leaves of it is removed by the next call or by `sweep`. */
  async remove(tenantId: string): Promise<void> {
    const trash = this.#path(`${TRASH}${randomUUID()}`);
    const isMoved = await unlessMissing(rename(this.#path(tenantId), trash).then(() => true));
    if (!isMoved) return this.#emptyTrash();
    await syncFolder(this.#root);
    await rm(trash, { recursive: true, force: true });
  }

  /** Creates the data folder, readable by this user only, with its id. Throws what the file system says against it. */
  async prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    await this.owner();
  }

  /** Removes the remains of interrupted calls of `remove`, and the folders of tenants whose first record was not written. */
  async sweep(): Promise<void> {
    await this.#emptyTrash();
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

  /** Returns all records that can be read. */
  async readAll(): Promise<TenantRecord[]> {
    const ids = await this.tenantIds();
    const records = await Promise.all(ids.map((id) => this.read(id).catch(() => undefined)));
    return records.flatMap((record) => record ?? []);
  }

  /** Returns the id of this data folder. It is generated once, and marks every process in its environment. */
  owner(): Promise<string> {
    this.#owner ??= this.#readOwner();
    return this.#owner;
  }

  logFile(tenantId: string, instance: Pick<Instance, 'id'>): string {
    return this.#path(tenantId, 'logs', `${instance.id}.log`);
  }

  /** Returns the pipes of the logs of this folder. They are a connection, so each host has its own. */
  pipes(): LogPipes {
    return new LogPipes(this.#root);
  }

  /** Removes the logs of all instances but those given by id. */
  async pruneLogs(tenantId: string, kept: readonly string[]): Promise<void> {
    const names = (await unlessMissing(readdir(this.#path(tenantId, 'logs')))) ?? [];
    const stale = names.filter((name) => !kept.some((id) => name.startsWith(`${id}.`)));
    await Promise.all(stale.map((name) => rm(this.#path(tenantId, 'logs', name), { force: true })));
  }

  /** Creates the folders of a container: one to work in, which all versions share, and one for temporary files. */
  async foldersOf(tenantId: string, container: string): Promise<{ home: string; temporary: string }> {
    const [home, temporary] = [this.#path(tenantId, 'work', container), this.#path(tenantId, 'tmp', container)];
    for (const folder of [home, temporary, this.#path(tenantId, 'logs')]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    return { home, temporary };
  }

  /** Returns true if a folder is empty, or contains only a record that was not completely written. */
  async #isUnfinished(tenantId: string): Promise<boolean> {
    const names = await unlessMissing(readdir(this.#path(tenantId)));
    return names?.every((name) => name === NEW_RECORD) ?? false;
  }

  async #readOwner(): Promise<string> {
    const file = this.#path('.installation');
    const known = await unlessMissing(readFile(file, 'utf8'));
    if (known) return known;
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const temporary = `${file}-${randomUUID()}`;
    await writeFile(temporary, randomUUID(), { mode: 0o600, flush: true });
    try {
      await link(temporary, file); // if several hosts start at once, one of them wins
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(temporary);
    }
    return readFile(file, 'utf8');
  }

  async #lockFile(name: string): Promise<string> {
    await mkdir(this.#path('.locks'), { recursive: true, mode: 0o700 });
    return this.#path('.locks', name);
  }

  async #names(): Promise<string[]> {
    return (await unlessMissing(readdir(this.#root))) ?? [];
  }

  #path(...names: string[]): string {
    return join(this.#root, ...names);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
