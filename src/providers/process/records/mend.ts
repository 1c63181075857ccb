import { accessSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs';
import { chmod, lstat, rename, rm } from 'node:fs/promises';

/*
 * What others did to Berth's own files
 *
 * A disk fills up, a program cleans up, a person copies files as another user: any file of the data folder may be missing,
 * empty, unreadable, or a folder. Nothing here is the only trace of a tenant: the table has what is wanted, and the process
 * table what runs. So damage is put right where it is met. What Berth did not write is moved aside and not removed.
 *
 * What only looks at a file or opens it is synchronous: it takes some microseconds, and ten times that through the thread
 * pool. What waits for the disk is not.
 */

/** The end of the names of what was found in the place of a file of Berth. No tenant id can have it. */
export const ASIDE = '.damaged';

/** Creates a folder that only this user can use. Anything else in its place is moved aside. */
export async function ensureFolder(folder: string): Promise<void> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await setAside(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const { R_OK, W_OK, X_OK } = constants;
  try {
    accessSync(folder, R_OK | W_OK | X_OK);
  } catch {
    await chmod(folder, 0o700).catch(() => undefined); // another user's
  }
}

/** Renames a file or a folder, so that its name is free. What was moved there before is removed. */
export async function setAside(path: string): Promise<void> {
  await rm(`${path}${ASIDE}`, { recursive: true, force: true });
  await unlessMissing(rename(path, `${path}${ASIDE}`));
}

/** Runs a call again with the permissions that Berth gives its own files, if it may not do it with the present ones. */
export async function withAccess<T>(paths: readonly string[], call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    for (const path of paths) await openToOwner(path).catch(() => undefined); // missing, or another user's
    return call();
  }
}

async function openToOwner(path: string): Promise<void> {
  await chmod(path, (await lstat(path)).isDirectory() ? 0o700 : 0o600);
}

/** Returns undefined for a file that is missing, and an empty text for one that cannot be read. */
export async function readText(file: string, folder?: string): Promise<string | undefined> {
  try {
    const paths = folder === undefined ? [file] : [folder, file];
    return await unlessMissing(withAccess(paths, async () => readFileSync(file, 'utf8')));
  } catch (error) {
    if (['EISDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(codeOf(error) ?? '')) return '';
    throw error; // such as too many open files, which passes
  }
}

/** Returns a descriptor of a file in a folder, to write it from its beginning. Anything else in its place is removed. */
export async function openAnew(file: string, folder: string): Promise<number> {
  const openFile = () => withAccess([folder, file], async () => openSync(file, 'w', 0o600));
  try {
    return await openFile();
  } catch (error) {
    if (codeOf(error) !== 'EISDIR') throw error;
    await rm(file, { recursive: true, force: true });
    return openFile();
  }
}

/** Returns undefined where there is no such file or folder. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
