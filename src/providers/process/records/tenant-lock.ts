import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderFailedError } from '../../../compute/errors.ts';
import { lookUp } from '../supervise/process-table.ts';

/*
 * A lock between processes: a file that names its holder by pid and start time.
 *
 * Acquiring: a contender writes the file under another name and links it to the lock's name. A link appears with its
 * content, so no reader sees an unfinished file. It fails if the name is taken, so exactly one contender wins.
 *
 * Abandoned locks: a holder may die. Its lock is abandoned if no live process has its pid and its start time; the start
 * time matters because the system reuses pids. Several contenders may notice that at once, and a slow one may act when a
 * new holder has the lock already. So a contender renames the file to a name of its own, which only one can do, and reads
 * it again. If the holder is alive, it links the file back. In these few microseconds a third contender could take the
 * free name, so the lock is not perfect: that takes a dead holder and three contenders at the same instant.
 *
 * Damaged locks: a lock appears with its content, so one that names no holder was damaged by something else. It counts as
 * abandoned, because it would stay for ever. If its holder lives, that one finds at its end that the lock is not its own
 * any more, and leaves it.
 *
 * The files are small and no one waits for the disk, so they are written and read synchronously: a lock takes 0.1 ms, and
 * many times that through the thread pool.
 */

/** Locks are held for some milliseconds; a caller that waits longer than this waits for a process that hangs. */
const MAX_WAIT_MS = 15_000;

/** The end of the names under which contenders write their locks. */
const TRY = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Serializes the callers within this process, so that only one of them contends for the file. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a function while no other caller, in this process or another, runs one under the same lock file. Callers within a
 * process run in order. Throws `ProviderFailedError` if another process holds the lock for more than 15 seconds.
 */
export async function withLock<T>(file: string, run: () => Promise<T>): Promise<T> {
  const result = (queues.get(file) ?? Promise.resolve()).then(() => runLocked(file, run));
  const settled = result.catch(() => undefined);
  queues.set(file, settled);
  try {
    return await result;
  } finally {
    if (queues.get(file) === settled) queues.delete(file);
  }
}

/** Removes the locks in a folder whose holders are dead, and what they left of their tries to get one. */
export async function removeDeadLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') && !name.startsWith('.ports')) continue; // not a lock: the pipe of the log copier
    const file = join(folder, name);
    const isBegun = TRY.test(name) && textOf(file) === ''; // its contender may be about to write it
    if (!isBegun && (await isAbandoned(file))) await removeAbandoned(file);
  }
}

async function runLocked<T>(file: string, run: () => Promise<T>): Promise<T> {
  const own = await acquire(file);
  try {
    return await run();
  } finally {
    if (textOf(file) === own) remove(file);
  }
}

/** Returns the content of the lock, which no other lock has. */
async function acquire(file: string): Promise<string> {
  const deadline = performance.now() + MAX_WAIT_MS;
  const own = `${file}.${randomUUID()}`;
  ownStartTime ??= (await lookUp(process.pid))?.start_time ?? '';
  const text = JSON.stringify([process.pid, ownStartTime, own]);
  writeFileSync(own, text, { mode: 0o600 });
  try {
    while (!tryLink(own, file)) {
      if (await isAbandoned(file)) await removeAbandoned(file);
      else if (performance.now() > deadline) {
        throw new ProviderFailedError('another process of Berth is busy with this tenant');
      } else await sleep(5 + Math.random() * 10);
    }
    return text;
  } finally {
    remove(own);
  }
}

let ownStartTime: string | undefined;

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const text = textOf(file);
  return text !== undefined && !(await isHolderAlive(text));
}

async function removeAbandoned(file: string): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch {
    return; // another contender was faster
  }
  if (await isHolderAlive(textOf(moved) ?? '')) tryLink(moved, file);
  await rm(moved, { recursive: true, force: true });
}

async function isHolderAlive(text: string): Promise<boolean> {
  const { pid, startTime } = parseHolder(text);
  const holder = pid === undefined ? undefined : await lookUp(pid);
  return holder !== undefined && !holder.zombie && holder.start_time === startTime;
}

/** Returns nothing for a text that names no holder. */
function parseHolder(text: string): { pid?: number; startTime?: unknown } {
  try {
    const [pid, startTime] = JSON.parse(text) as unknown[];
    return Number.isInteger(pid) ? { pid: pid as number, startTime } : {};
  } catch {
    return {};
  }
}

/** Returns undefined for a lock that is gone, and an empty text for one that cannot be read, such as a folder. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}
