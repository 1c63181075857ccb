import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookUp } from '../../src/providers/process/supervise/process-table.ts';
import { CommandError } from './command-error.ts';

/**
 * Makes this process the only host of a data directory, and answers what gives it up again. Two hosts would supervise
 * the same tenants. A lock whose process is gone is taken over; the start time guards against another process that got
 * the same id. Throws `CommandError` where the other host lives.
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  const path = join(dataDir, 'host.lock');
  const own = JSON.stringify({ pid: process.pid, started: (await lookUp(process.pid))?.start_time });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    // A link fails where the name is taken, and shows the file only when it is whole.
    while (!tryLink(draft, path)) await removeStale(path, dataDir);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(path: string, dataDir: string): Promise<void> {
  const content = read(path);
  if (content === undefined) return;
  const { pid, started } = parse(content);
  const holder = pid > 0 ? await lookUp(pid) : undefined;
  if (holder && !holder.zombie && holder.start_time === started) {
    throw new CommandError(
      `Another Berth (process ${pid}) is using the data directory ${dataDir}.\nStop it, or choose another directory with --data-dir.`,
    );
  }
  // Moved aside first: if another host took the lock over in the meantime, this was its lock, and it gets it back.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== content) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): { pid: number; started: string | undefined } {
  try {
    const { pid, started } = JSON.parse(content) as Record<string, unknown>;
    return { pid: Number.isInteger(pid) ? Number(pid) : 0, started: typeof started === 'string' ? started : undefined };
  } catch {
    return { pid: 0, started: undefined };
  }
}
