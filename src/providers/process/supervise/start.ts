import { randomUUID } from 'node:crypto';
import { portKey } from '../ports.ts';
import { type Instance, instancesOf, type Run } from '../records/record.ts';
import { waitingText } from '../records/start-order.ts';
import { isDisplaced } from '../records/transitions.ts';
import { makeCgroup, removeCgroup } from '../traces/cgroups.ts';
import { executionOf } from './container.ts';
import { log, type Pass, SOON_MS, STEADY_MS, type VersionedInstance, versionedInstances } from './pass.ts';
import { launch } from './spawn.ts';
import { leaveTakenPorts } from './taken-ports.ts';

/**
 * Starts each instance that has no process, is due, and whose ports are free. Returns 0 if it started one, else
 * milliseconds until the next is due.
 */
export async function startDue(pass: Pass): Promise<number> {
  const { record, now, context } = pass;
  const mayStart = (instance: Instance) => !instance.run && !instance.completed && !waitingText(record, instance);
  const idle = versionedInstances(pass).filter(({ instance }) => mayStart(instance) && !isDisplaced(record, instance));
  const busy = [...record.stopping, ...instancesOf(record).filter(({ run }) => run)];
  const busyPorts = new Set(busy.flatMap(({ ports }) => ports.map(portKey)));
  const stopping = new Set(record.stopping.map(({ instance_id }) => instance_id));
  const isFree = ({ id, ports }: Instance) => !stopping.has(id) && !ports.some((port) => busyPorts.has(portKey(port)));
  for (const { instance, config } of idle) {
    // A longer wait than the longest is none: its time was written by a clock that was ahead.
    const longest = Math.max(config.restart_delay_seconds, config.max_restart_delay_seconds) * 1000;
    if (instance.next_start_at !== undefined && instance.next_start_at > now + longest) instance.next_start_at = now;
  }
  await leaveTakenPorts(
    pass,
    idle.filter(({ instance }) => isFree(instance)),
  );
  const due = idle.filter(({ instance }) => (instance.next_start_at ?? 0) <= now && isFree(instance));
  if (due.length > 0) {
    const owner = await context.store.owner();
    for (const { instance, config } of due) assignRun(instance, now, config.cgroups ? owner : undefined);
    await context.store.write(record); // before any process starts: see reconcile.ts
    await Promise.all(due.map((versioned) => start(pass, versioned)));
    return 0;
  }
  const delays = idle.map(({ instance }) => Math.max(0, (instance.next_start_at ?? now + SOON_MS) - now));
  return Math.min(STEADY_MS, ...delays);
}

/** With `owner`, the run gets a cgroup. It is in the record before it has a process. */
function assignRun(instance: Instance, now: number, owner: string | undefined): void {
  if (instance.next_start_at !== undefined) instance.restart_count += 1;
  instance.next_start_at = undefined;
  instance.start_error = instance.health_error = undefined;
  const run_id = randomUUID();
  const cgroup = owner === undefined ? undefined : makeCgroup(owner, run_id);
  instance.run = { run_id, spawned_at: now, is_piped: true, was_ready: false, ...(cgroup && { cgroup }) };
}

async function start(pass: Pass, versioned: VersionedInstance): Promise<void> {
  const { now } = pass;
  const { instance, config } = versioned;
  const { run, container } = instance;
  if (!run) return;
  const started = await launchRun(pass, versioned, run);
  if ('error' in started) {
    if (run.cgroup !== undefined) removeCgroup(run.cgroup);
    instance.run = undefined;
    instance.start_error = started.error;
    instance.restart_delay_ms = config.max_restart_delay_seconds * 1000;
    instance.next_start_at = now + instance.restart_delay_ms;
    log(pass, 'error', 'container could not be started', { container, error: started.error });
    return;
  }
  Object.assign(run, started);
  log(pass, 'info', 'container started', { container, pid: started.pid, restart_count: instance.restart_count });
}

async function launchRun({ context, record: { tenant_id } }: Pass, versioned: VersionedInstance, run: Run) {
  const { argv, env, cwd, problems } = await executionOf(context, versioned);
  if (problems.length > 0) return { error: `could not be started: ${problems.join('; ')}` };
  const openOutput = () => context.pipes.open(tenant_id, versioned.instance.id);
  return launch({ run, argv, env, cwd, openOutput, onExit: () => context.wake.emit('tenant', tenant_id) });
}
