import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { bootId } from './supervise/process-table.ts';

/*
 * Grace periods, restart delays and time-outs are in records, because the next host goes on with them. The clock of the
 * system cannot measure them: it may be set by an hour while a process has ten seconds to end. The monotonic clock is the
 * same for all processes and never set, but begins anew at each boot.
 *
 * So the first host after a boot notes how far the two are apart, and all hosts of that boot add this to the monotonic
 * clock. The result is a time since the epoch, comparable with that in records of an earlier boot or version, that no one
 * sets. A file that is lost or damaged is written anew; then times in records may be off, and lie in the future. A time
 * in the future counts as now.
 */

const Noted = z.object({ boot: z.string(), offset: z.number() });

export interface SteadyClock {
  /** Milliseconds since the epoch, as the system's clock had it when this boot's first host started. */
  now(): number;
  /** Returns such a time as the system's clock has it now, for people. */
  toDate(time: number): Date;
}

export function openSteadyClock(file: string): SteadyClock {
  let offset: number | undefined;
  const now = () => {
    offset ??= readOffset(file) ?? noteOffset(file, Date.now() - monotonic());
    return Math.round(offset + monotonic());
  };
  return { now, toDate: (time) => new Date(time + Date.now() - now()) };
}

function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function readOffset(file: string): number | undefined {
  try {
    const { boot, offset } = Noted.parse(JSON.parse(readFileSync(file, 'utf8')));
    return boot === bootId ? offset : undefined;
  } catch {
    return undefined;
  }
}

function noteOffset(file: string, offset: number): number {
  try {
    makeFolders(dirname(file));
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify({ boot: bootId, offset }), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // A folder that cannot be written holds no records, either. The next host notes its own.
  }
  return offset;
}

/** Makes a folder and the one above. Not recursive: in a folder that takes none, such as /proc, Node then tries for ever. */
function makeFolders(folder: string): void {
  for (const each of [dirname(dirname(folder)), dirname(folder), folder]) {
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch {
      // It is there, or the write that follows fails.
    }
  }
}
