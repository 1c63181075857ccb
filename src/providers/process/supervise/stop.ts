import type { Run, Stopping } from '../records/record.ts';
import { killCgroup, pidsIn, removeCgroup } from '../traces/cgroups.ts';
import { send } from '../traces/signals.ts';
import { straysOf } from '../traces/strays.ts';
import type { MarkedProcess } from './process-table.ts';
import { isAlive } from './spawn.ts';

/** How long after its run was recorded a process may first show its marks. */
const APPEARS_WITHIN_MS = 1000;

/** Returns the process table of one pass. It is read on the first call, and at most once. */
export type ReadTable = () => Promise<MarkedProcess[]>;

/**
 * Does the next step of stopping a run: SIGTERM once, SIGKILL after the grace period. Returns true once all its processes
 * are gone. It never waits; the next pass does the next step, even one of another host. `folder` is the tenant's.
 */
export async function stopStep(
  entry: Stopping,
  { readTable, now, folder }: { readTable: ReadTable; now: number; folder: string },
): Promise<boolean> {
  const { run, ports } = entry;
  const leaderAlive = await isAlive(run);
  const overdue = entry.term_at !== undefined && now - entry.term_at >= entry.grace_ms;
  const isUp = leaderAlive || pidsIn(run.cgroup).length > 0;
  if (isUp && entry.term_at !== undefined && !overdue) return false;
  const table = await readTable();
  const members: Member[] = membersOf(entry, table, leaderAlive);
  // Read after the table, because one that has begun since is in no table.
  for (const pid of pidsIn(run.cgroup)) {
    if (!members.some((one) => one.pid === pid)) members.push(table.find((one) => one.pid === pid) ?? { pid });
  }
  // The last look, before it counts as gone.
  if (members.length === 0 && !leaderAlive) members.push(...(await straysOf({ run, folder, ports }, table)));
  if (members.length === 0 && !leaderAlive) {
    if (mayYetAppear(run, now)) return false;
    if (run.cgroup !== undefined) removeCgroup(run.cgroup);
    return true;
  }
  if (entry.term_at === undefined) {
    entry.term_at = now;
    signalAll(entry, members, leaderAlive, 'SIGTERM');
  } else if (overdue) {
    if (run.cgroup !== undefined) await killCgroup(run.cgroup);
    signalAll(entry, members, leaderAlive, 'SIGKILL');
  }
  return false;
}

/**
 * Returns true if the process of a recorded run may not have appeared yet: its host died before it recorded the pid, and a
 * forked child shows its own environment only after `exec`.
 */
export function mayYetAppear(run: Run, now: number): boolean {
  return run.pid === undefined && now - run.spawned_at < APPEARS_WITHIN_MS;
}

/**
 * Returns the processes of a run: all that inherited its run id, and all of its session. The session counts only if it is
 * certainly the run's: its leader is the run's process, or has exited (the system reuses no pid that names a session).
 */
function membersOf({ run }: Stopping, table: readonly MarkedProcess[], leaderAlive: boolean): MarkedProcess[] {
  const leader = table.find((entry) => entry.pid === run.pid);
  const sessionIsOwn = run.pid !== undefined && (leaderAlive || !leader || leader.start_time === run.start_time);
  return table.filter(
    (entry) => !entry.zombie && (entry.run === run.run_id || (sessionIsOwn && entry.session === run.pid)),
  );
}

/** A process of a run. One that has begun after the process table was read has no known group. */
type Member = Pick<MarkedProcess, 'pid'> & Partial<MarkedProcess>;

/** Signals the group at once, so that no process escapes by forking, then each member outside it. None gets it twice. */
function signalAll({ run }: Stopping, members: readonly Member[], leaderAlive: boolean, signal: NodeJS.Signals): void {
  const group = leaderAlive ? run.pid : undefined;
  if (group !== undefined) send(-group, signal);
  for (const member of members) if (member.group !== group) send(member.pid, signal);
}
