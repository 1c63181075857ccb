import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { AssignedPort, Run } from '../records/record.ts';
import type { MarkedProcess } from '../supervise/process-table.ts';
import { cgroupNameOf } from './cgroups.ts';
import { listenersOn } from './listeners.ts';

/** What is known of a run whose strays are looked for. */
export interface Trail {
  run: Run;
  /** The folder of the tenant, with its working folders and pipes. */
  folder: string;
  ports: readonly AssignedPort[];
}

/**
 * Finds processes of a run that have shed every mark: a program that goes to the background begins a session, gives its
 * parent up, and some overwrite their environment to show a title. Without a cgroup, three traces are left: the tenant's
 * folder as working folder, the pipe of its output, and the port that Berth has assigned.
 *
 * Each of them could be that of someone else, who looks into the folder or has taken the port. So a stray is also one that
 * its parent has left (the first process has adopted it), that began after the run, and that is in the same cgroup as Berth:
 * services of the system, which the first process starts, too, have their own.
 */
export async function straysOf(
  { run, folder, ports }: Trail,
  table: readonly MarkedProcess[],
): Promise<MarkedProcess[]> {
  const orphans = table.filter(
    (entry) => !entry.zombie && !entry.run && entry.parent === 1 && !startedBefore(entry, run),
  );
  if (orphans.length === 0) return [];
  const inodes = listenersOn(ports);
  const own = await cgroupNameOf('self');
  const found: MarkedProcess[] = [];
  for (const entry of orphans) {
    if (entry.pid === process.pid || isCopier(entry.pid)) continue;
    if (leavesTrace(entry.pid, folder, inodes) && (await cgroupNameOf(entry.pid)) === own) found.push(entry);
  }
  return found;
}

/** Start times of one boot count ticks. */
function startedBefore({ start_time }: MarkedProcess, run: Run): boolean {
  const [boot, ticks] = start_time.split(':');
  const [bootOfRun, ticksOfRun] = run.start_time?.split(':') ?? [];
  return boot !== bootOfRun || Number(ticks) < Number(ticksOfRun);
}

function leavesTrace(pid: number, folder: string, inodes: ReadonlySet<string>): boolean {
  const links = [linkOf(`/proc/${pid}/cwd`)];
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) links.push(linkOf(`/proc/${pid}/fd/${descriptor}`));
  } catch {
    // It belongs to another user.
  }
  return links.some((link) => link.startsWith(`${folder}/`) || inodes.has(link));
}

/** The log copier has all pipes open. Its parent is the first process once its host has ended. */
function isCopier(pid: number): boolean {
  try {
    return /\/copier\.[jt]s\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return true; // it has ended
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
