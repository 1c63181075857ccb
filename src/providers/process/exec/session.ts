import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecEnd, ExecProgram } from '../../../compute/exec/exec.ts';
import type { Run } from '../records/record.ts';
import { lookUp, scan } from '../supervise/process-table.ts';
import { isAlive } from '../supervise/spawn.ts';
import { send } from '../traces/signals.ts';
import type { Connection } from './connection.ts';
import { OutputQueue } from './output-queue.ts';

/** How long a program has to end after SIGHUP, in milliseconds. It has lost its user. */
const HANGUP_MS = 500;
/** How often it is looked whether the container still runs, in milliseconds. */
const LOOK_MS = 250;
/** How long output of a program that has ended may be silent before it counts as complete, in milliseconds. */
const SILENT_MS = 200;

/*
 * A session ends in one of three ways. Its program ends; the container that it was started in ends; or it is hung up, by
 * its user, the host or the provider. Whatever comes first decides what `ended` tells. Then all processes of its session of
 * the system are ended, with a terminal or not, so that nothing stays behind. What begins a session of its
 * own there (`setsid`) is a daemon: it has the marks of the run, and ends with the container.
 */

/** Returns the session of a program that was started in a run of a container. */
export async function openSession(
  connection: Connection,
  { container, run }: { container: string; run: Run },
): Promise<ExecProgram> {
  const output = new OutputQueue(connection);
  connection.onOutput((stream, bytes) => output.push(stream, bytes));
  const leader = { pid: connection.pid, start_time: (await lookUp(connection.pid))?.start_time, run_id: run.run_id };
  const hungUp = Promise.withResolvers<ExecEnd>();
  const over = new AbortController();
  async function conclude(): Promise<ExecEnd> {
    const exited = connection.exited.then((exit_code): ExecEnd => ({ exit_code }));
    const end = await Promise.race([exited, hungUp.promise, containerEnd(container, run, over.signal)]);
    over.abort();
    await endProcesses(leader);
    if ('exit_code' in end) await untilSilent(connection, output);
    output.end();
    return end;
  }
  return {
    kind: 'program',
    container,
    output,
    ended: conclude(),
    write: (bytes) => connection.write(bytes),
    endInput: () => connection.endInput(),
    resize: (columns, rows) => connection.resize(columns, rows),
    hangUp: () => hungUp.resolve({ reason: 'it was hung up' }),
  };
}

/** Resolves when the run of the container has ended. Never resolves once the signal is aborted. */
async function containerEnd(container: string, run: Run, signal: AbortSignal): Promise<ExecEnd> {
  while (await isAlive(run)) {
    await sleep(LOOK_MS, undefined, { ref: false });
    if (signal.aborted) return new Promise(() => undefined);
  }
  return { reason: `container ${container} has ended` };
}

/** Waits for the rest of the output. Daemons of the program may keep the connection open: then until nothing comes. */
async function untilSilent(connection: Connection, output: OutputQueue): Promise<void> {
  let isClosed = false;
  void connection.closed.then(() => {
    isClosed = true;
  });
  for (;;) {
    const { received } = output;
    await Promise.race([connection.closed, sleep(SILENT_MS)]);
    if (isClosed || (output.isEmpty && output.received === received)) return;
  }
}

interface Leader {
  pid: number;
  start_time: string | undefined;
  run_id: string;
}

/** Ends all processes of the session. */
async function endProcesses(leader: Leader): Promise<void> {
  for (const { pid } of await membersOf(leader)) {
    send(pid, 'SIGHUP');
    send(pid, 'SIGCONT');
  }
  const until = performance.now() + HANGUP_MS;
  for (;;) {
    const left = await membersOf(leader);
    if (left.length === 0) return;
    if (performance.now() > until) for (const { pid } of left) send(pid, 'SIGKILL');
    await sleep(20);
  }
}

/** A number of a session is not reused while it has processes. Once it has none, another session may have it. */
async function membersOf({ pid, start_time, run_id }: Leader) {
  const session = (await scan()).filter((entry) => entry.session === pid && !entry.zombie);
  const isOwn = session.some((entry) => entry.pid === pid && entry.start_time === start_time);
  return session.filter((entry) => isOwn || entry.run === run_id);
}
