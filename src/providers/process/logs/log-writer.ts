import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

type Append = (descriptor: number, bytes: Buffer, offset: number) => number;

/** What is kept of the logs of one tenant, over all its containers and versions. */
export const TENANT_LOG_BYTES = 10 * 1024 * 1024;
/** A line beyond this is cut. A read of a log is larger, so it has at least one whole line. */
const MAX_LINE_BYTES = 128 * 1024;
const NEWLINE = 10;
const ROTATED = /\.log\.(\d+)$/;

/**
 * Appends output to a log and rotates it, with synchronous calls: what was read from a pipe is in the file before anything
 * else happens. `log-file.ts` reads the same files, and says what their names mean.
 *
 * A rotation renames the file, so it loses nothing. The logs of a tenant share its limit: each may fill an equal part, half
 * of it before a rotation and half after. On a full disk the rotated parts are emptied first, then the log itself. They are
 * emptied and not removed, because their names keep the offsets. If that does not help, output is dropped and counted, and
 * the next line that can be written says how much is missing.
 */
export class LogWriter {
  readonly #file: string;
  #descriptor: number | undefined;
  #size = 0;
  #share: number;
  readonly #writeTo: Append;
  #lost = 0;
  /** Bytes of the unfinished line so far, those that were cut included. */
  #line = 0;

  /** `append` writes to a descriptor as `writeSync` does. */
  constructor(file: string, append: Append = writeSync) {
    this.#file = file;
    this.#writeTo = append;
    this.#share = shareOf(file);
    trimTenant(dirname(file));
  }

  write(chunk: Buffer): void {
    try {
      if (this.#lost > 0)
        this.#append(Buffer.from(`\n[berth: ${this.#lost} bytes of output are missing: the disk was full]\n`));
      this.#lost = 0;
      this.#append(this.#cutLines(chunk));
    } catch {
      this.#lost += chunk.length;
      this.close(); // opened again by the next write
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Leaves out what exceeds the longest line, and says at its end how much that is. */
  #cutLines(chunk: Buffer): Buffer {
    if (this.#line + chunk.length <= MAX_LINE_BYTES) {
      const last = chunk.lastIndexOf(NEWLINE);
      this.#line = last === -1 ? this.#line + chunk.length : chunk.length - last - 1;
      return chunk;
    }
    const kept: Buffer[] = [];
    for (let at = 0; at < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline;
      kept.push(chunk.subarray(at, Math.min(end, at + Math.max(0, MAX_LINE_BYTES - this.#line))));
      this.#line += end - at;
      at = end + 1;
      if (newline === -1) break;
      const cut = this.#line - MAX_LINE_BYTES;
      kept.push(Buffer.from(cut > 0 ? `… (${cut} bytes more)\n` : '\n'));
      this.#line = 0;
    }
    return Buffer.concat(kept);
  }

  #append(chunk: Buffer): void {
    // A tenant can remove its own log. Output then goes to a new file.
    if (this.#descriptor !== undefined && fstatSync(this.#descriptor).nlink === 0) this.close();
    this.#descriptor ??= this.#open();
    if (this.#size > 0 && this.#size + chunk.length > this.#share) this.#rotate();
    for (let written = 0, tries = 0; written < chunk.length; ) {
      try {
        const bytes = this.#writeTo(this.#descriptor ?? this.#open(), chunk, written);
        written += bytes;
        this.#size += bytes;
      } catch (error) {
        tries += 1;
        if (!isDiskFull(error) || tries > 2) throw error;
        if (tries === 2) this.#rotate();
        emptyRotated(dirname(this.#file));
      }
    }
  }

  /** Replaces anything that is not a file: a tenant's process could have put a link or a pipe in its place. */
  #open(): number {
    const there = lstatSync(this.#file, { throwIfNoEntry: false });
    if (there && !there.isFile()) rmSync(this.#file, { recursive: true, force: true });
    this.#descriptor = openSync(this.#file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    this.#size = fstatSync(this.#descriptor).size;
    return this.#descriptor;
  }

  /** Moves what the log has to a file of its own, which replaces the one before. */
  #rotate(): void {
    const before = rotationsOf(this.#file);
    const rotated = `${this.#file}.${Math.max(0, ...before) + this.#size}`;
    this.close();
    renameSync(this.#file, rotated);
    for (const base of before) {
      const earlier = `${this.#file}.${base}`;
      if (earlier !== rotated) rmSync(earlier, { force: true });
    }
    this.#share = shareOf(this.#file);
    trimTenant(dirname(this.#file));
  }
}

/** Empties the rotated parts of all logs in a folder. */
export function emptyRotated(folder: string): void {
  for (const { path, size } of rotatedIn(folder)) if (size > 0) truncateSync(path);
}

/** Returns how large a log may get before it is rotated. */
function shareOf(file: string): number {
  const logs = namesIn(dirname(file)).filter((name) => name.endsWith('.log') && name !== basename(file));
  return Math.floor(TENANT_LOG_BYTES / 2 / (logs.length + 1));
}

/** Removes the content of rotated parts, the largest first, until the logs of a tenant leave room for one more part. */
function trimTenant(folder: string): void {
  const sizes = namesIn(folder).map((name) => sizeOf(join(folder, name)));
  let total = sizes.reduce((sum, size) => sum + size, 0);
  for (const { path, size } of rotatedIn(folder).sort((one, other) => other.size - one.size)) {
    if (total <= TENANT_LOG_BYTES - TENANT_LOG_BYTES / 2 / Math.max(1, sizes.length)) return;
    truncateSync(path);
    total -= size;
  }
}

function rotatedIn(folder: string): { path: string; size: number }[] {
  const paths = namesIn(folder)
    .filter((name) => ROTATED.test(name))
    .map((name) => join(folder, name));
  return paths.map((path) => ({ path, size: sizeOf(path) }));
}

/** Returns the size of a regular file. What else has the name of a log is not touched. */
function sizeOf(path: string): number {
  const about = lstatSync(path, { throwIfNoEntry: false });
  return about?.isFile() ? about.size : 0;
}

function rotationsOf(file: string): number[] {
  const prefix = `${basename(file)}.`;
  return namesIn(dirname(file)).flatMap((name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^\d+$/.test(rest) ? Number(rest) : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns true for an error of the system that says that a disk or a quota has no room left. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}
