import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Run } from '../records/record.ts';
import { enterCgroup } from '../traces/cgroups.ts';
import { isProcessOf, lookUp } from './process-table.ts';

export interface Launch {
  run: Run;
  /** The program and its arguments. No shell interprets them. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Opens what its output goes to. */
  openOutput: () => Promise<number>;
  onExit: () => void;
}

/**
 * The children of this process, by run id. This is no memory of tenants, which are on disk and in the process table. It is
 * only here that the exit of a child is known at once, and with its exit code.
 */
const children = new Map<string, ChildProcess>();

/** The pids of runs that this process has started or seen alive, by run id. */
const leaders = new Map<string, number>();

/**
 * Starts a process in a session of its own, with its output in a pipe of its own: neither a signal to this process nor
 * its end reaches the child. Returns its pid and start time, or the reason why it could not be started.
 */
export async function launch(options: Launch): Promise<{ pid: number; start_time: string } | { error: string }> {
  const [program = '', ...args] = options.argv;
  let output: number | undefined;
  try {
    output = await options.openOutput();
    const { cwd, env } = options;
    const child = spawn(program, args, { cwd, env, detached: true, shell: false, stdio: ['ignore', output, output] });
    const failed = new Promise<string>((resolve) => child.once('error', (error) => resolve(codeOf(error))));
    if (child.pid === undefined) return { error: explainStart(await failed) };
    children.set(options.run.run_id, child);
    leaders.set(options.run.run_id, child.pid);
    child.once('exit', options.onExit);
    child.unref();
    const entry = await lookUp(child.pid);
    if (options.run.cgroup !== undefined) enterCgroup(options.run.cgroup, child.pid);
    return { pid: child.pid, start_time: entry?.start_time ?? '' };
  } catch (error) {
    return { error: explainStart(codeOf(error)) };
  } finally {
    if (output !== undefined) closeSync(output);
  }
}

/** Returns true if the process of a run exists. A process that has exited and was not reaped yet does not count. */
export async function isAlive(run: Run): Promise<boolean> {
  const child = children.get(run.run_id);
  if (child) return child.exitCode === null && child.signalCode === null;
  if (run.pid === undefined) return false;
  const isOwn = isProcessOf(run, await lookUp(run.pid));
  if (isOwn) leaders.set(run.run_id, run.pid);
  else leaders.delete(run.run_id);
  return isOwn;
}

/** Returns true if a run that this process knows began as the process with this pid: its session has the same number. */
export function isRunLeader(pid: number): boolean {
  return [...leaders.values()].includes(pid);
}

/** Returns whether the process of a run ended with code 0; undefined where another host started it, and so knows. */
export function hasSucceeded(run: Run): boolean | undefined {
  const child = children.get(run.run_id);
  return child && child.exitCode === 0;
}

/** Forgets a run, and returns how it exited. Only the host that started a process can read its exit code. */
export function takeExit(run: Run): string {
  const child = children.get(run.run_id);
  children.delete(run.run_id);
  leaders.delete(run.run_id);
  if (child?.signalCode) return `was ended by ${child.signalCode}`;
  if (child && child.exitCode !== null) return `exited with code ${child.exitCode}`;
  return 'exited';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}

/** Explains an error code in own words, because the system's message names paths of this machine. */
function explainStart(code: string): string {
  const reasons: Record<string, string> = {
    ENOENT: 'its command or its working folder does not exist',
    EACCES: 'this user is not allowed to use its command or its working folder',
    E2BIG: 'its command, arguments and environment are larger than the system allows',
    EAGAIN: 'the system allows no further process',
  };
  return `could not be started (${code}): ${reasons[code] ?? 'the system refused'}`;
}
