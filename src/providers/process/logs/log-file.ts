import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** A log that a process of an earlier version writes by itself is rotated beyond this. About twice as much is kept. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;
/** How often a read is repeated because a rotation came in between. Rotations are rare. */
const MAX_TRIES = 5;

/**
 * The part of a log that still exists. Offsets count from the first byte ever written, so a rotation does not change them.
 * A rotation moves all bytes before the offset `base` to a file of their own, which has `base` in its name.
 */
export interface Extent {
  /** The offset of the first byte that still exists. */
  start: number;
  /** The offset of the first byte of the current file. */
  base: number;
  end: number;
  /** Milliseconds since the epoch: the last write. */
  changedAt: number;
}

export interface LogPart extends Extent {
  from: number;
  bytes: Buffer;
}

/** Reads the range that `choose` returns for the extent of a log. A log that does not exist is empty. */
export async function readPart(
  file: string,
  choose: (extent: Extent) => { from: number; to: number },
): Promise<LogPart> {
  for (let tries = 1; ; tries += 1) {
    const extent = await extentOf(file);
    const { from, to } = choose(extent);
    const parts = [
      await readBytes(rotatedName(file, extent.base), from - extent.start, Math.min(to, extent.base) - from),
      await readBytes(file, Math.max(from - extent.base, 0), to - Math.max(from, extent.base)),
    ];
    // If the log was rotated during the read, the offsets of what was read are wrong.
    if (tries === MAX_TRIES || (await extentOf(file)).base === extent.base) {
      return { ...extent, from, bytes: Buffer.concat(parts) };
    }
  }
}

async function extentOf(file: string): Promise<Extent> {
  const base = Math.max(0, ...(await rotationsOf(file)));
  const [earlier, current] = await Promise.all(
    [rotatedName(file, base), file].map(async (name) => {
      const about = await lstat(name).catch(() => undefined);
      return about?.isFile() ? about : undefined;
    }),
  );
  const { size = 0, mtimeMs: changedAt = 0 } = current ?? {};
  return { start: base - (earlier?.size ?? 0), base, end: base + size, changedAt };
}

/**
 * Rotates the log of a process that has the log itself open, as those of earlier versions do; `LogWriter` rotates others.
 * Copies a log that exceeds its limit to a file of its own, and truncates it in place: the process has it open in append
 * mode and continues at the new end. Output written between the copy and the truncation is lost.
 */
export async function rotateLog(file: string): Promise<void> {
  await using log = await openLog(file, O_RDWR);
  const { size = 0 } = (await log?.stat()) ?? {};
  if (!log || size <= MAX_LOG_BYTES) return;
  const before = await rotationsOf(file);
  const base = Math.max(0, ...before) + size;
  const kept = await readHandle(log, size - MAX_LOG_BYTES, MAX_LOG_BYTES);
  await rm(`${file}.new`, { recursive: true, force: true });
  await writeFile(`${file}.new`, kept, { mode: 0o600, flag: 'wx' });
  await rename(`${file}.new`, rotatedName(file, base));
  await log.truncate();
  for (const earlier of before) await rm(rotatedName(file, earlier), { force: true });
}

/**
 * Opens a log if it is a regular file, else returns undefined. A tenant's process could have replaced it by a link to
 * another file, or by a pipe that never delivers anything.
 */
async function openLog(file: string, access: number): Promise<FileHandle | undefined> {
  const handle = await open(file, access | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (!handle || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

function rotatedName(file: string, base: number): string {
  return `${file}.${base}`;
}

async function rotationsOf(file: string): Promise<number[]> {
  const prefix = `${basename(file)}.`;
  const names = await readdir(dirname(file)).catch(() => []);
  return names.flatMap((name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^\d+$/.test(rest) ? Number(rest) : [];
  });
}

async function readBytes(file: string, from: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  await using log = await openLog(file, O_RDONLY);
  return log ? readHandle(log, from, length) : Buffer.alloc(0);
}

async function readHandle(log: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}
