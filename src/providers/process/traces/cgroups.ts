import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { send } from './signals.ts';

/*
 * A process cannot leave the cgroup that it was started in, whatever it does to become a daemon: it can fork twice, begin
 * a session, and empty its environment. So where this user may make one, each run gets a cgroup (version 2) of its own,
 * inside the one that Berth runs in. It limits nothing; it only tells which processes are the run's.
 *
 * Node cannot start a process in another cgroup. So the new process is paused as soon as it exists, moved, and continued:
 * what it starts later is in the cgroup. A host that dies in between leaves a paused process, whose pid no record has; the
 * next host finds it by its marks, and continues it.
 */

const PREFIX = 'berth-';

/** Makes the cgroup of a run. Returns its folder; undefined where the system has none, or this user may not make one. */
export function makeCgroup(owner: string, runId: string): string | undefined {
  const parent = ownCgroup();
  if (parent === undefined) return undefined;
  const folder = join(parent, `${PREFIX}${owner}-${runId}`);
  try {
    mkdirSync(folder);
    if (existsSync(join(folder, 'cgroup.kill'))) return folder;
    removeCgroup(folder); // a kernel before 5.14
  } catch {
    // EACCES, EROFS: not this user's to make.
  }
  return undefined;
}

/** Returns the cgroups of the runs of a data folder, whether a record knows them or not. */
export function cgroupsOf(owner: string): { run: string; folder: string }[] {
  const parent = ownCgroup();
  const prefix = `${PREFIX}${owner}-`;
  const names = parent === undefined ? [] : namesIn(parent).filter((name) => name.startsWith(prefix));
  return names.map((name) => ({ run: name.slice(prefix.length), folder: join(parent ?? '', name) }));
}

/**
 * Moves a process that was just started into a cgroup. Returns false if the system refuses. It waits for nothing meanwhile,
 * so the process is paused for microseconds.
 */
export function enterCgroup(folder: string, pid: number): boolean {
  send(pid, 'SIGSTOP');
  try {
    writeFileSync(join(folder, 'cgroup.procs'), String(pid));
    return true;
  } catch {
    return false;
  } finally {
    send(pid, 'SIGCONT');
  }
}

/** Returns the pids of the processes in a cgroup, those of its children included. */
export function pidsIn(folder: string | undefined): number[] {
  if (folder === undefined) return [];
  try {
    const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...below.flatMap(({ name }) => pidsIn(join(folder, name)))];
  } catch {
    return []; // it is gone, with all its processes
  }
}

/** Kills all processes of a cgroup at once, also those that are starting. */
export async function killCgroup(folder: string): Promise<void> {
  await writeFile(join(folder, 'cgroup.kill'), '1').catch(() => undefined);
}

/** Removes a cgroup without processes, and the ones that a process has made in it. */
export function removeCgroup(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeCgroup(join(folder, entry.name));
    }
    rmdirSync(folder);
  } catch {
    // It is gone, or has a process again; then the next pass sees it.
  }
}

/** Returns the folder of the cgroup that this process is in. That of a run of Berth counts as its parent. */
function ownCgroup(): string | undefined {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' '));
    const mount = mounts.find((fields) => fields[fields.indexOf('-') + 1] === 'cgroup2');
    const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    const [, , , root = '/', point] = mount ?? [];
    if (point === undefined || path === undefined) return undefined;
    const folder = join(point, root === '/' ? path : path.slice(root.length));
    return folder.includes(`/${PREFIX}`) ? dirname(folder) : folder;
  } catch {
    return undefined;
  }
}

/** Returns the cgroup of a process as the system names it; empty where it cannot be read. */
export async function cgroupNameOf(pid: number | 'self'): Promise<string> {
  return readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns true for the content of /proc/PID/cgroup of a process that is in the cgroup of a run, of whatever host. */
export function isCgroupOfRun(text: string): boolean {
  return /^0::.*\/berth-[^/]+/m.test(text);
}
