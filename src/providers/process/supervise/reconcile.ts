import { rotateLog } from '../logs/log-file.ts';
import type { ProviderContext, ReconcileResult } from '../provider-context.ts';
import { instancesOf, isEnding, type Stopping } from '../records/record.ts';
import { clampTimes, isDisplaced, stopRun } from '../records/transitions.ts';
import { conclude } from './conclude.ts';
import { observeReadiness, observeRun } from './observe.ts';
import { type Pass, SOON_MS, STEADY_MS, versionedInstances } from './pass.ts';
import { type MarkedProcess, scan } from './process-table.ts';
import { takeExit } from './spawn.ts';
import { startDue } from './start.ts';
import { stopStep } from './stop.ts';

/*
 * A process and its record cannot be changed in one step, and a host may be killed between any two steps. Two faults
 * have to be impossible: a process that no record knows, and two processes for one instance.
 *
 * Every path ends in `reconcile`: the first start, a crash, an update, a destroy, and the takeover by a new host. It
 * compares the record with the process table and does what is due. It waits for nothing; what takes longer is left to the
 * next pass. The lock of the tenant makes passes exclusive, across hosts too, so a pass may be run by anyone at any time.
 *
 * Starting: the pass generates a run id and writes it to the record. Only then it starts the process, with the id in its
 * environment. A host that dies before the start leaves a run id without a process. A host that dies after it leaves a
 * process whose pid no record has, but whose run id one has. The next pass tells the two apart by the process table: it
 * adopts the process, or else drops the run, which is no crash. A forked child shows its own environment only after
 * `exec`, so a run is dropped only if a second has passed since it was recorded.
 *
 * Stopping: the run moves to `stopping` in the record, and stays there until the table shows that none of its processes is
 * left. An instance starts again only after that, and only once its ports are free. So a slow end can delay a new process,
 * but can never meet it.
 *
 * A pid names a process only together with its start time: the system reuses pids, and records outlive reboots.
 */

/** The longest delay while processes end that are no children of this host. */
const STOPPING_MS = 1000;

/**
 * Runs one pass over a tenant. Idempotent, and safe to call at any time from any process. Callers within this host share a
 * pass that has not begun yet: one event wakes both the supervisor and the call that waits for it.
 */
export async function reconcile(context: ProviderContext, tenantId: string): Promise<ReconcileResult> {
  const { duePasses } = context;
  const due = duePasses.get(tenantId) ?? runPass(context, tenantId);
  duePasses.set(tenantId, due);
  try {
    return await due;
  } finally {
    if (duePasses.get(tenantId) === due) duePasses.delete(tenantId);
  }
}

async function runPass(context: ProviderContext, tenantId: string): Promise<ReconcileResult> {
  const { store, prober, duePasses } = context;
  return store.locked(tenantId, async () => {
    duePasses.delete(tenantId); // a caller from now on may know more than this pass
    const record = await store.read(tenantId);
    if (!record) return forget(context, tenantId);
    const before = JSON.stringify(record);
    let table: Promise<MarkedProcess[]> | undefined;
    const readTable = () => (table ??= scan());
    const now = context.clock.now();
    clampTimes(record, now);
    const nextIn = await advance({ context, record, now, readTable });
    if (record.phase === 'destroying' && record.stopping.length === 0) {
      // Before the record: while a volume is left to delete, the tenant is found.
      await context.volumes.remove(tenantId, record);
      await store.remove(tenantId);
      return forget(context, tenantId);
    }
    if (JSON.stringify(record) !== before) await store.write(record);
    // Not the runs that stop: the port of a process that has ended may be another program's.
    prober.keepOnly(
      tenantId,
      instancesOf(record).flatMap(({ run }) => run ?? []),
    );
    return { record, nextIn, stamp: store.stampOf(tenantId) };
  });
}

function forget({ prober }: ProviderContext, tenantId: string): ReconcileResult {
  prober.keepOnly(tenantId, []);
  return { record: undefined, nextIn: Number.POSITIVE_INFINITY, stamp: undefined };
}

/** Brings a tenant one step closer to its record. Returns milliseconds until the next pass is worthwhile. */
async function advance(pass: Pass): Promise<number> {
  const { record, context } = pass;
  const { tenant_id } = record;
  const isToEnd = isEnding(record);
  for (const versioned of versionedInstances(pass)) await observeRun(pass, versioned);
  for (const { instance, config } of versionedInstances(pass)) {
    if (isToEnd || isDisplaced(record, instance)) stopRun(record, instance, config);
  }
  const hasStopped = await stopRuns(pass);
  const idleMs = Math.min(STEADY_MS, ...record.stopping.map((entry) => nextStopStep(entry, pass.now)));
  if (isToEnd) return idleMs;
  const unpiped = instancesOf(record).filter(({ run }) => run && !run.is_piped);
  await Promise.all(unpiped.map((instance) => rotateLog(context.store.logFile(tenant_id, instance))));
  const checks = versionedInstances(pass).map((versioned) => observeReadiness(pass, versioned));
  const concluded = await conclude(pass);
  // A start or update that has just failed starts nothing more.
  const starts = record.phase === 'failed' ? STEADY_MS : await startDue(pass);
  if (hasStopped || concluded === 0) {
    const ids = [...instancesOf(record).map(({ id }) => id), ...record.stopping.map((entry) => entry.instance_id)];
    await context.store.pruneLogs(tenant_id, ids);
  }
  if (concluded === 0 || starts === 0) return 0;
  return Math.max(5, Math.min(idleMs, concluded, starts, ...checks));
}

/** Returns milliseconds until the next step of a stop is worthwhile: often at first, and exactly at the end of its grace. */
function nextStopStep({ term_at, grace_ms }: Stopping, now: number): number {
  if (term_at === undefined) return SOON_MS;
  const waited = now - term_at;
  const graceLeft = waited < grace_ms ? grace_ms - waited : STOPPING_MS;
  return Math.min(graceLeft, Math.max(SOON_MS, Math.min(STOPPING_MS, waited / 4)));
}

/** Does the next step for each run that is being stopped. Returns true if one of them is gone now. */
async function stopRuns({ record, readTable, now, context }: Pass): Promise<boolean> {
  const folder = context.store.folderOf(record.tenant_id);
  const current = new Set(instancesOf(record).map(({ id }) => id));
  const gone = await Promise.all(
    record.stopping.map(async (entry) => {
      const isReplaced = record.phase === 'serving' && !current.has(entry.instance_id);
      return !(isReplaced && isDraining(context, entry)) && stopStep(entry, { readTable, now, folder });
    }),
  );
  for (const [index, entry] of record.stopping.entries()) if (gone[index]) takeExit(entry.run);
  record.stopping = record.stopping.filter((_, index) => !gone[index]);
  return gone.includes(true);
}

/** Returns true while requests to a replaced run are under way, before it gets its SIGTERM. */
function isDraining({ frontDoor }: ProviderContext, { term_at, ports }: Stopping): boolean {
  return term_at === undefined && frontDoor?.isInUse(ports.map(({ host_port }) => host_port)) === true;
}
