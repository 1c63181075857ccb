import type { Run, Stopping } from '../records/records.ts';
import { type MarkedProcess, scan } from './process-table.ts';
import { isAlive } from './spawn.ts';

const APPEARS_WITHIN_MS = 1000;

/** The process table, read once for all that asks within one look at a tenant, and only if something does. */
export class TableSnapshot {
  #entries: Promise<MarkedProcess[]> | undefined;

  read(): Promise<MarkedProcess[]> {
    this.#entries ??= scan();
    return this.#entries;
  }
}

/**
 * Does the next step of ending a run: SIGTERM once, SIGKILL after the grace. Answers whether all of it is gone.
 * It never waits: the next look does the next step, also that of another host after this one died.
 */
export async function stopStep(entry: Stopping, table: TableSnapshot, now: number): Promise<boolean> {
  const leaderAlive = await isAlive(entry.run);
  const overdue = entry.term_at !== undefined && now - entry.term_at >= entry.grace_ms;
  if (leaderAlive && entry.term_at !== undefined && !overdue) return false;
  const members = membersOf(entry, await table.read(), leaderAlive);
  if (members.length === 0 && !leaderAlive) return !mayYetAppear(entry.run, now);
  if (entry.term_at === undefined) {
    entry.term_at = now;
    signalAll(entry, members, leaderAlive, 'SIGTERM');
  } else if (overdue) signalAll(entry, members, leaderAlive, 'SIGKILL');
  return false;
}

/**
 * Whether a run that was noted before its process could be on its way still: its host died in between, and a forked child
 * shows its own environment only once it has become the program.
 */
export function mayYetAppear(run: Run, now: number): boolean {
  return run.pid === undefined && now - run.spawned_at < APPEARS_WITHIN_MS;
}

/**
 * What belongs to a run: all that inherited its run id, and all of its session, so long as the session is surely the run's:
 * its leader is the run's process, or is gone (a pid is not given again while a session goes by it).
 */
function membersOf({ run }: Stopping, table: readonly MarkedProcess[], leaderAlive: boolean): MarkedProcess[] {
  const leader = table.find((entry) => entry.pid === run.pid);
  const sessionIsOurs = run.pid !== undefined && (leaderAlive || !leader || leader.start_time === run.start_time);
  return table.filter(
    (entry) => !entry.zombie && (entry.run === run.run_id || (sessionIsOurs && entry.session === run.pid)),
  );
}

/** The group at once, so that nothing slips through by forking; what left the group, one by one. No one gets it twice. */
function signalAll(
  { run }: Stopping,
  members: readonly MarkedProcess[],
  leaderAlive: boolean,
  signal: NodeJS.Signals,
): void {
  const group = leaderAlive ? run.pid : undefined;
  if (group !== undefined) send(-group, signal);
  for (const member of members) if (member.group !== group) send(member.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone since it was looked at. EPERM: it changed its user; whether it is gone is seen at the next look.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
