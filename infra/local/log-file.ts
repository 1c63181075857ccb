import { appendFileSync, chmodSync, closeSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './command-line.ts';

export interface LogFile {
  path: string;
  write(line: string): void;
  close(): void;
}

export interface LogFileOptions {
  /** How large the file may become before it is rotated. Default: 10 MB. */
  maxBytes?: number | undefined;
  /** Default: that of `node:fs`. */
  append?: ((file: number, text: string) => void) | undefined;
}

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Opens `berth.log` in the data directory, which takes logs and metrics so that the terminal stays readable: one JSON
 * document a line. A file that would grow beyond its limit is renamed to `berth.log.1` first, in place of the one before, so
 * both together take at most twice the limit. Throws `CommandError`.
 *
 * A disk that is full, or takes no writes for another reason, must not end the host, because the host supervises tenants.
 * The lines of that time are lost. The first line after it says how many.
 */
export function openLogFile(
  dataDir: string,
  { maxBytes = MAX_BYTES, append = appendFileSync }: LogFileOptions = {},
): LogFile {
  const path = join(dataDir, 'berth.log');
  let file = openFirst(path);
  let size = fstatSync(file).size;
  let pending: string[] = [];
  let lost = 0;
  let isOpen = true;
  const rotate = () => {
    const next = openNext(path);
    closeSync(file);
    file = next;
    size = fstatSync(file).size;
  };
  const flush = () => {
    const lines = pending;
    pending = [];
    if (lines.length === 0 || !isOpen) return;
    // The line before may be cut off where the disk became full.
    const missing =
      lost > 0 ? `\n${JSON.stringify({ level: 'WARN', message: 'lines lost', component: 'local-host', lost })}\n` : '';
    const text = `${missing}${lines.join('\n')}\n`;
    const bytes = Buffer.byteLength(text);
    try {
      if (size > 0 && size + bytes > maxBytes) rotate();
      append(file, text);
      size += bytes;
      lost = 0;
    } catch (error) {
      if (lost === 0) process.stderr.write(`The log cannot be written: ${(error as Error).message}\n`);
      lost += lines.length;
      size = fstatSync(file).size;
    }
  };
  return {
    path,
    // All lines of one cycle of the event loop are one synchronous write, which is cheaper than one by another thread.
    write(line) {
      if (pending.length === 0) setImmediate(flush);
      pending.push(line);
    },
    close() {
      flush();
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

/** Opens the file that the next lines go to. What is in its place, and is no file that takes them, is moved aside. */
function openFirst(path: string): number {
  try {
    return openToAppend(path);
  } catch {
    try {
      moveAside(path, `${path}.damaged`);
      return openToAppend(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandError(
        `The log file ${path} cannot be opened (${code}).\nChoose another directory with --data-dir.`,
      );
    }
  }
}

/** Renames the file, and opens the next one. A file that was removed meanwhile needs no new name. */
function openNext(path: string): number {
  try {
    moveAside(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openToAppend(path);
}

function moveAside(path: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  renameSync(path, to);
}

function openToAppend(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    chmodSync(path, 0o600);
    return openSync(path, 'a', 0o600);
  }
}
