import { readFileSync } from 'node:fs';
import type { RecordStore } from '../records/record-store.ts';
import { lookUp, scanMarked } from '../supervise/process-table.ts';
import { send } from '../traces/signals.ts';

/** The variable that tells which host a program of a session belongs to, as `PID START_TIME`. */
export const SESSION_MARK = 'BERTH_SESSION_HOST';

/** Returns the mark of this host. */
export async function hostMark(): Promise<string> {
  return `${process.pid} ${(await lookUp(process.pid))?.start_time ?? ''}`;
}

/**
 * Ends the programs of sessions whose host was killed. A terminal tells its programs that it was closed; a program without
 * one, or one that does not care, would run until its container ends. Linux only: elsewhere its environment is not read.
 */
export async function endLeftovers(store: RecordStore): Promise<void> {
  const owner = await store.owner();
  for (const { pid, owner: marked } of await scanMarked()) {
    const mark = marked === owner ? markOf(pid) : undefined;
    if (mark === undefined) continue;
    const [host, ...start_time] = mark.split(' ');
    const found = await lookUp(Number(host));
    if (found?.start_time !== start_time.join(' ')) send(pid, 'SIGKILL');
  }
}

function markOf(pid: number): string | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return environment.find((entry) => entry.startsWith(`${SESSION_MARK}=`))?.slice(SESSION_MARK.length + 1);
  } catch {
    return undefined;
  }
}
