import { createWriteStream, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

export interface LogFile {
  path: string;
  write(line: string): void;
  close(): Promise<void>;
}

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Where the logs and metrics of the local host go, so that the terminal stays readable: `berth.log` in the data
 * directory, one JSON document a line. A file that has grown large is put aside at the next start; one such is kept.
 */
export function openLogFile(dataDir: string): LogFile {
  const path = join(dataDir, 'berth.log');
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not end the host, nor its tenants' supervision; it is told once, where somebody may see it.
  stream.on('error', (error) => process.stderr.write(`The log cannot be written: ${error.message}\n`));
  let pending = '';
  const flush = () => {
    if (pending !== '') stream.write(pending);
    pending = '';
  };
  return {
    path,
    // What one turn of the event loop has to say is one write.
    write(line) {
      if (pending === '') setImmediate(flush);
      pending += `${line}\n`;
    },
    close: async () => {
      stream.end(pending);
      pending = '';
      await finished(stream).catch(() => {});
    },
  };
}
