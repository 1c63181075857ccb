import { appendFileSync, closeSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface LogFile {
  path: string;
  write(line: string): void;
  close(): void;
}

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Where the logs and metrics of the local host go, so that the terminal stays readable: `berth.log` in the data
 * directory, one JSON document a line. A file that has grown large is put aside at the next start; one such is kept.
 */
export function openLogFile(dataDir: string): LogFile {
  const path = join(dataDir, 'berth.log');
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`);
  let file: number | undefined = openSync(path, 'a', 0o600);
  let pending = '';
  let isTold = false;
  const flush = () => {
    const text = pending;
    pending = '';
    if (text === '' || file === undefined) return;
    try {
      appendFileSync(file, text);
    } catch (error) {
      // A full disk must not end the host, nor its tenants' supervision; it is told once, where somebody may see it.
      if (!isTold) process.stderr.write(`The log cannot be written: ${(error as Error).message}\n`);
      isTold = true;
    }
  };
  return {
    path,
    // What one turn of the event loop has to say is one write, which takes less than to have another thread make it.
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
