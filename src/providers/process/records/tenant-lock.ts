import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderFailedError } from '../../../compute/errors.ts';
import { lookUp } from '../supervise/process-table.ts';

/** Locks are held for one look at a tenant, some milliseconds; who waits longer than this waits for a process that hangs. */
const PATIENCE_MS = 15_000;

/** The callers of this process queue here, in order, so that only one of them contends for the file. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a function while no one else, in this process or another, runs one under the same lock file. The file names its
 * holder by pid and start time: it is taken over from a holder that died.
 */
export async function withLock<T>(file: string, run: () => Promise<T>): Promise<T> {
  const turn = (queues.get(file) ?? Promise.resolve()).then(() => runLocked(file, run));
  const settled = turn.catch(() => undefined);
  queues.set(file, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(file) === settled) queues.delete(file);
  }
}

async function runLocked<T>(file: string, run: () => Promise<T>): Promise<T> {
  await acquire(file);
  try {
    return await run();
  } finally {
    await unlink(file);
  }
}

async function acquire(file: string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  const mine = `${file}.${randomUUID()}`;
  const startTime = (await lookUp(process.pid))?.start_time ?? '';
  await writeFile(mine, JSON.stringify([process.pid, startTime, mine]), { mode: 0o600 });
  try {
    // A link comes into being with its content, and fails where the name is taken: the file is never seen half-written.
    while (!(await tryLink(mine, file))) {
      if (await isAbandoned(file)) await takeAway(file);
      else if (performance.now() > giveUpAt) {
        throw new ProviderFailedError('another process of Berth is busy with this tenant');
      } else await sleep(5 + Math.random() * 10);
    }
  } finally {
    await unlink(mine);
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text !== undefined && !(await holderLives(text));
}

async function holderLives(text: string): Promise<boolean> {
  const [pid, startTime] = JSON.parse(text) as [number, string];
  const holder = await lookUp(pid);
  return holder !== undefined && !holder.zombie && holder.start_time === startTime;
}

/** Of several who find the same dead holder one moves its file away; who moved a newer one by mistake puts it back. */
async function takeAway(file: string): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch {
    return; // another was faster
  }
  if (await holderLives(await readFile(moved, 'utf8'))) await tryLink(moved, file);
  await unlink(moved);
}
