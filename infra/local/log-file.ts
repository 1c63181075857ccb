import { appendFileSync, closeSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './command-line.ts';

export interface LogFile {
  path: string;
  write(line: string): void;
  close(): void;
}

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Opens `berth.log` in the data directory, which takes logs and metrics so that the terminal stays readable: one JSON
 * document a line. A file larger than 10 MB is renamed to `berth.log.1` at the next start. Throws `CommandError`.
 */
export function openLogFile(dataDir: string): LogFile {
  const path = join(dataDir, 'berth.log');
  let file: number | undefined = open(path);
  let pending = '';
  let isReported = false;
  const flush = () => {
    const text = pending;
    pending = '';
    if (text === '' || file === undefined) return;
    try {
      appendFileSync(file, text);
    } catch (error) {
      // A full disk must not end the host, because the host supervises tenants. It is reported once, on the terminal.
      if (!isReported) process.stderr.write(`The log cannot be written: ${(error as Error).message}\n`);
      isReported = true;
    }
  };
  return {
    path,
    // All lines of one cycle of the event loop are one synchronous write, which is cheaper than one by another thread.
    write(line) {
      if (pending === '') setImmediate(flush);
      pending += `${line}\n`;
    },
    close() {
      flush();
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function open(path: string): number {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, 'a', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `The log file ${path} cannot be opened (${code}).\nChoose another directory with --data-dir.`,
    );
  }
}
