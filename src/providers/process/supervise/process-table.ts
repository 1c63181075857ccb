import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Origin } from '../../../compute/labels.ts';
import type { Run } from '../records/record.ts';

export interface ProcessEntry {
  pid: number;
  group: number;
  session: number;
  /** Undefined where `ps` is used. */
  parent?: number;
  /** Exited, but not yet reaped by its parent. */
  zombie: boolean;
  /** Stopped by a signal such as SIGSTOP, or by a debugger, so it does nothing. */
  paused: boolean;
  /** Opaque. It is the same at every reading, and together with the pid it identifies a process. */
  start_time: string;
}

/** The environment variables that mark a process as Berth's. They are persisted in running processes: do not rename them. */
export const marks = {
  owner: 'BERTH_OWNER',
  provider: 'BERTH_PROVIDER',
  tenant: 'BERTH_TENANT_ID',
  container: 'BERTH_CONTAINER',
  run: 'BERTH_RUN',
  installation: 'BERTH_INSTALLATION_ID',
  incarnation: 'BERTH_INCARNATION',
} as const;
/** Versions before this one set no installation and no incarnation. */
export type Marks = Record<Exclude<keyof typeof marks, keyof Origin>, string> & Origin;

export type MarkedProcess = ProcessEntry & Partial<Marks>;

/**
 * Returns the process of a pid, or undefined. On Linux it reads synchronously, before it returns a promise. So a child that
 * was just spawned is still there, at worst as a zombie: Node reaps it in a later turn of the event loop.
 */
export async function lookUp(pid: number): Promise<ProcessEntry | undefined> {
  if (process.platform !== 'linux') return (await ps(['-p', String(pid)]))[0];
  const stat = readOrNothing(`/proc/${pid}/stat`);
  return stat ? parseStat(stat) : undefined;
}

/** Returns the processes of these pids, by pid. */
export async function lookUpAll(pids: readonly number[]): Promise<Map<number, ProcessEntry>> {
  if (pids.length === 0) return new Map();
  const entries =
    process.platform === 'linux'
      ? pids.map((pid) => readOrNothing(`/proc/${pid}/stat`)).flatMap((stat) => (stat ? [parseStat(stat)] : []))
      : await ps(['-p', pids.join(',')]);
  return new Map(entries.map((entry) => [entry.pid, entry]));
}

/** Returns true for a process that exists, has not exited, and is the one that a run began with. */
export function isProcessOf(run: Pick<Run, 'start_time'>, entry: ProcessEntry | undefined): entry is ProcessEntry {
  return entry !== undefined && !entry.zombie && entry.start_time === run.start_time;
}

/** Returns all processes with a run id of Berth in their environment, as far as this user can read it. */
export async function scanMarked(): Promise<MarkedProcess[]> {
  return (await scan()).filter((entry) => entry.run !== undefined);
}

/** The next reading of the table, which the calls until then share, and when it may begin at the earliest. */
let reading: Promise<MarkedProcess[]> | undefined;
let nextAt = 0;

/**
 * Returns all visible processes, as they are at a moment after the call. Calls that come while a reading is due share it.
 * Between two readings there is as long a pause as the first one took, so that many tenants which stop at once take half a
 * processor at most.
 */
export function scan(): Promise<MarkedProcess[]> {
  const pause = nextAt - performance.now();
  reading ??= (pause > 0 ? sleep(pause) : setImmediate()).then(async () => {
    reading = undefined;
    const startedAt = performance.now();
    const table = await readTable();
    nextAt = 2 * performance.now() - startedAt;
    return table;
  });
  return reading;
}

/** How often the table is listed again at most: a program that forks and exits for ever must not keep the host busy. */
const MAX_LISTINGS = 10;

/**
 * Reads the table. A process that forks and exits while the table is read would be missed together with its
 * child: the child was not listed yet, and the parent can no longer be read. So after such an exit the table is listed
 * again, and what is new is read too.
 */
export async function readTable(): Promise<MarkedProcess[]> {
  if (process.platform !== 'linux') return scanWithPs();
  const settled = Number.parseFloat(readOrNothing('/proc/uptime')) * 100 - SETTLED_TICKS;
  const before = knownMarks;
  knownMarks = new Map();
  const entries = new Map<string, MarkedProcess | undefined>();
  for (let listing = 0, exited = true; exited && listing < MAX_LISTINGS; listing += 1) {
    const unread = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !entries.has(name));
    // Synchronous, because /proc is memory: 100 processes take 3 ms, and 15 ms through the thread pool.
    for (const pid of unread) {
      const entry = readKnown(pid, before) ?? readEntry(pid);
      entries.set(pid, entry);
      if (entry && !entry.zombie && Number(entry.start_time.slice(bootId.length + 1)) < settled)
        knownMarks.set(pid, entry);
    }
    exited = unread.some((pid) => entries.get(pid)?.zombie !== false);
  }
  return [...entries.values()].flatMap((entry) => entry ?? []);
}

/**
 * What the last reading saw of processes that had run for a while, by pid. Their marks are not read again: a process has
 * those that it was started with. One that was just forked may still show those of its parent.
 */
let knownMarks = new Map<string, MarkedProcess>();

/** In ticks of 10 ms, in which Linux counts start times. */
const SETTLED_TICKS = 200;

/** Reads only the state of a process whose marks are known. Returns undefined for any other. */
function readKnown(pid: string, known: ReadonlyMap<string, MarkedProcess>): MarkedProcess | undefined {
  const marked = known.get(pid);
  const stat = marked && readOrNothing(`/proc/${pid}/stat`);
  const entry = stat ? parseStat(stat) : undefined;
  return entry && entry.start_time === marked?.start_time ? { ...marked, ...entry } : undefined;
}

function readEntry(pid: string): MarkedProcess | undefined {
  // The environment of another user's process is unreadable, that of a zombie is empty: neither has marks here. It is read
  // first, so that a process which exits between the two reads is seen to have exited.
  const environment = readOrNothing(`/proc/${pid}/environ`).split('\0');
  const stat = readOrNothing(`/proc/${pid}/stat`);
  return stat ? { ...parseStat(stat), ...readMarks(environment) } : undefined;
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Start times count from boot, and records outlive a boot: so a start time includes the boot's id. */
export const bootId = readOrNothing('/proc/sys/kernel/random/boot_id').slice(0, 8);

/** Parses /proc/PID/stat, see proc_pid_stat(5). The second field, the program's name, can contain anything, `)` included. */
export function parseStat(line: string): ProcessEntry {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  return {
    pid: Number.parseInt(line, 10),
    group: Number(group),
    session: Number(session),
    parent: Number(parent),
    zombie: state === 'Z' || state === 'X',
    paused: state === 'T' || state === 't',
    start_time: `${bootId}:${fields[19]}`,
  };
}

function readMarks(environment: readonly string[]): Partial<Marks> {
  const found: Partial<Marks> = {};
  for (const [key, variable] of Object.entries(marks) as [keyof Marks, string][]) {
    const entry = environment.find((text) => text.startsWith(`${variable}=`));
    if (entry) found[key] = entry.slice(variable.length + 1);
  }
  return found;
}

/*
 * Systems without /proc (macOS) use `ps` instead. It is slower, and its start times have a resolution of one second. It
 * prints no sessions, so the group stands for the session. The system hides the environment of protected programs, such as
 * those in /usr/bin. Such a process is lost if its host dies after it has started and before its pid is on disk.
 */
const run = promisify(execFile);
const COLUMNS = 'pid=,pgid=,state=,lstart=';

async function ps(selection: string[]): Promise<ProcessEntry[]> {
  try {
    const { stdout } = await run('ps', [...selection, '-o', COLUMNS], { env: { LC_ALL: 'C' }, maxBuffer: 2 ** 26 });
    return parsePs(stdout);
  } catch {
    return []; // `ps` exits with 1 if no process matches
  }
}

/** Parses the output of `ps -o pid=,pgid=,state=,lstart=`. */
export function parsePs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const [pid, group, state, ...start] = line.trim().split(/\s+/);
    if (!pid || !group || !state) return [];
    const session = Number(group);
    return [
      {
        pid: Number(pid),
        group: session,
        session,
        zombie: state.startsWith('Z'),
        paused: state.startsWith('T'),
        start_time: start.join(' '),
      },
    ];
  });
}

async function scanWithPs(): Promise<MarkedProcess[]> {
  const entries = await ps(['-axww']);
  const { stdout } = await run('ps', ['-axwwE', '-o', 'pid=,command='], { env: { LC_ALL: 'C' }, maxBuffer: 2 ** 28 });
  const environments = new Map(stdout.split('\n').map((line) => [Number.parseInt(line, 10), line.split(' ')]));
  return entries.map((entry) => ({ ...entry, ...readMarks(environments.get(entry.pid) ?? []) }));
}
