import { type ChildProcess, spawn } from 'node:child_process';
import { openToAppend } from '../logs/log-file.ts';
import type { Run } from '../records/records.ts';
import { lookUp } from './process-table.ts';

export interface Launch {
  runId: string;
  /** The program and its arguments. No shell ever reads them. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Where its output is appended. */
  logFile: string;
  onExit: () => void;
}

/**
 * The children of this very process, by run id. Not knowledge of tenants, which is on disk and in the process table:
 * only here can be learned at once, and with its exit code, that a child has ended.
 */
const children = new Map<string, ChildProcess>();

/**
 * Starts a process in a session of its own, with its output in a file, so that neither a signal to this process nor its end
 * reaches the child. Answers what names it for good, or why it could not be started.
 */
export async function launch(options: Launch): Promise<{ pid: number; start_time: string } | { error: string }> {
  const [program = '', ...args] = options.argv;
  const log = await openToAppend(options.logFile);
  try {
    const { cwd, env } = options;
    const child = spawn(program, args, { cwd, env, detached: true, shell: false, stdio: ['ignore', log.fd, log.fd] });
    const failed = new Promise<string>((resolve) => child.once('error', (error) => resolve(codeOf(error))));
    if (child.pid === undefined) return { error: explainStart(await failed) };
    children.set(options.runId, child);
    child.once('exit', options.onExit);
    child.unref();
    const entry = await lookUp(child.pid);
    return { pid: child.pid, start_time: entry?.start_time ?? '' };
  } catch (error) {
    return { error: explainStart(codeOf(error)) };
  } finally {
    await log.close();
  }
}

/** Whether the process of a run is there. One that has ended and waits for its parent to notice does not count. */
export async function isAlive(run: Run): Promise<boolean> {
  const child = children.get(run.run_id);
  if (child) return !hasEnded(child);
  if (run.pid === undefined) return false;
  const entry = await lookUp(run.pid);
  return entry !== undefined && !entry.zombie && entry.start_time === run.start_time;
}

/** How a run ended, as far as can be known: the exit code of a process that this one did not start is nobody's to read. */
export function takeExit(run: Run): string {
  const child = children.get(run.run_id);
  children.delete(run.run_id);
  if (child?.signalCode) return `was ended by ${child.signalCode}`;
  if (child && child.exitCode !== null) return `exited with code ${child.exitCode}`;
  return 'ended';
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}

/** The system's own message would name paths of this machine. */
function explainStart(code: string): string {
  const reasons: Record<string, string> = {
    ENOENT: 'its command or its working folder does not exist',
    EACCES: 'its command or its working folder may not be used by this user',
    E2BIG: 'its command, arguments and environment are larger than the system allows',
    EAGAIN: 'the system is out of processes',
  };
  return `could not be started (${code}): ${reasons[code] ?? 'the system refused'}`;
}
