import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isCgroupOfRun } from '../traces/cgroups.ts';
import { marks, parseStat } from './process-table.ts';
import { isRunLeader } from './spawn.ts';

/*
 * Which processes are a tenant's? A container begins as the leader of a session of its own, with marks in its environment.
 * What it starts can shed one of these signs, but rarely all of them:
 *
 *   an emptied environment (`env -i`)    the session remains, and so does the parent
 *   a session of its own (`setsid`)      the environment remains, and so does the parent
 *   a parent that ends                   the environment and the session remain
 *
 * So a process counts as a tenant's if it is in the cgroup of a run, if it has marks, if the leader of its session does,
 * or if its parent counts. A process that sheds all three cannot be told from others of this user.
 */

interface Entry {
  pid: number;
  parent: number;
  session: number;
  isMarked: boolean;
}

/** Returns true if a process of a tenant has the socket with this inode open. Linux only: elsewhere returns false. */
export function isTenantSocket(inode: string): boolean {
  if (process.platform !== 'linux') return false;
  return tenantProcesses().some((pid) => hasSocket(pid, inode));
}

/** Returns the pids of all processes that belong to tenants, of this installation or of another one of this user. */
export function tenantProcesses(): number[] {
  const entries = new Map(readEntries().map((entry) => [entry.pid, entry]));
  const known = new Map<number, boolean>();
  const isTenants = (pid: number): boolean => {
    const found = known.get(pid);
    const entry = entries.get(pid);
    if (found !== undefined || !entry) return found ?? false;
    known.set(pid, false); // ends the walk where two readings of the process table make a circle
    const { session, parent, isMarked } = entry;
    const isOne = isMarked || isRunLeader(session) || (session !== pid && isTenants(session)) || isTenants(parent);
    known.set(pid, isOne);
    return isOne;
  };
  return [...entries.keys()].filter(isTenants);
}

/**
 * Processes without marks, by pid: the start time that identifies them. A child has the environment of its parent until it
 * runs its own program, so one that has just started is not in here.
 */
let unmarked = new Map<number, string>();

/** In ticks of 10 ms, in which Linux counts start times. */
const SETTLED_TICKS = 200;

function readEntries(): Entry[] {
  const settled = Number.parseFloat(readOrNothing('/proc/uptime')) * 100 - SETTLED_TICKS;
  const before = unmarked;
  unmarked = new Map();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = readOrNothing(`/proc/${name}/stat`);
    if (stat === '') return []; // it has exited since
    const { pid, session, start_time, parent = 0 } = parseStat(stat);
    if (before.get(pid) === start_time) {
      unmarked.set(pid, start_time);
      return [{ pid, parent, session, isMarked: false }];
    }
    const isMarked =
      `\0${readOrNothing(`/proc/${name}/environ`)}`.includes(`\0${marks.run}=`) ||
      isCgroupOfRun(readOrNothing(`/proc/${name}/cgroup`));
    if (!isMarked && Number(start_time.slice(start_time.indexOf(':') + 1)) < settled) unmarked.set(pid, start_time);
    return [{ pid, parent, session, isMarked }];
  });
}

function hasSocket(pid: number, inode: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // it has exited, or belongs to another user
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
