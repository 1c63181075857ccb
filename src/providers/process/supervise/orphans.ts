import { setTimeout as sleep } from 'node:timers/promises';
import { isForeign } from '../../../compute/labels.ts';
import { ProcessConfig } from '../config.ts';
import type { ProviderContext } from '../provider-context.ts';
import { runsOf } from '../records/record.ts';
import { cgroupsOf, pidsIn, removeCgroup } from '../traces/cgroups.ts';
import { send } from '../traces/signals.ts';
import { type MarkedProcess, scan, scanMarked } from './process-table.ts';

/** How long processes may take to disappear after SIGKILL. */
const KILL_TAKES_MS = 5000;

/**
 * Ends processes with the marks of this data folder that no record knows, except where the record of their tenant is lost or
 * damaged. Returns false if some do not end.
 */
export async function endOrphans(context: ProviderContext, closing: AbortSignal): Promise<boolean> {
  const { store } = context;
  return endAll(context, async () => {
    if (closing.aborted) return []; // the next host searches again
    // The process table comes first: a run is in a record before its process starts, so no new process looks orphaned.
    const marked = await ownProcesses(context);
    const enclosed = await enclosedProcesses(context);
    const known = new Set<string>();
    const lost = new Set<string>();
    for (const tenantId of await store.tenantIds()) {
      const record = await store.read(tenantId).catch(() => undefined);
      if (!record)
        lost.add(tenantId); // its processes run until its record is made anew, or it is destroyed
      else for (const run of runsOf(record)) known.add(run.run_id);
    }
    if (lost.size === 0) {
      for (const { run, folder } of cgroupsOf(await store.owner())) if (!known.has(run)) removeCgroup(folder);
      marked.push(...enclosed.filter(({ pid }) => !marked.some((one) => one.pid === pid)));
    }
    return marked.filter(({ run, tenant }) => !known.has(run ?? '') && !lost.has(tenant ?? ''));
  });
}

/**
 * Ends all processes with the mark of a tenant whose record is lost or damaged. The id of the data folder may be lost with
 * it; then the installation shows whose they are. Returns false if some do not end.
 */
export async function endMarked(
  context: ProviderContext,
  tenantId: string,
  installation: string | undefined,
): Promise<boolean> {
  const isIts = (found: MarkedProcess) => found.tenant === tenantId && !isForeign(found.installation, installation);
  return endAll(context, async () => (await ownProcesses(context, installation)).filter(isIts));
}

async function ownProcesses({ name, store }: ProviderContext, installation?: string): Promise<MarkedProcess[]> {
  const owner = await store.owner();
  const isOwn = (entry: MarkedProcess) =>
    entry.owner === owner || (installation !== undefined && entry.installation === installation);
  return (await scanMarked()).filter((entry) => isOwn(entry) && entry.provider === name && !entry.zombie);
}

/** Returns the processes in cgroups of this data folder, each with the run that the cgroup was made for. */
async function enclosedProcesses({ store }: ProviderContext): Promise<MarkedProcess[]> {
  const runs = new Map<number, string>();
  for (const { run, folder } of cgroupsOf(await store.owner())) for (const pid of pidsIn(folder)) runs.set(pid, run);
  if (runs.size === 0) return [];
  const inside = (await scan()).filter(({ pid, zombie }) => runs.has(pid) && !zombie);
  return inside.map((entry) => ({ ...entry, run: runs.get(entry.pid) ?? '' }));
}

/** Sends SIGTERM to what `select` returns, and SIGKILL after the default grace period. Returns true once nothing is left. */
async function endAll({ defaults }: ProviderContext, select: () => Promise<MarkedProcess[]>): Promise<boolean> {
  const graceMs = ProcessConfig.parse(defaults).stop_grace_seconds * 1000;
  const startedAt = performance.now();
  const signalled = new Set<number>();
  for (;;) {
    const left = await select();
    if (left.length === 0) return true;
    const waited = performance.now() - startedAt;
    if (waited > graceMs + KILL_TAKES_MS) return false;
    for (const { pid } of left) {
      if (waited >= graceMs) send(pid, 'SIGKILL');
      else if (!signalled.has(pid)) send(pid, 'SIGTERM');
      signalled.add(pid);
    }
    await sleep(50);
  }
}
