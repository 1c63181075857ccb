import type { ProcessConfig } from '../config.ts';
import type { Instance } from '../records/record.ts';
import { isOnce } from '../records/start-order.ts';
import { stopRun } from '../records/transitions.ts';
import { enterCgroup } from '../traces/cgroups.ts';
import { executionOf } from './container.ts';
import { log, type Pass, SOON_MS, STEADY_MS, type VersionedInstance } from './pass.ts';
import { hasSucceeded, isAlive, takeExit } from './spawn.ts';
import { mayYetAppear } from './stop.ts';

/** The exit of a program that starts another process, its daemon, and ends. */
const SUCCESS = 'exited with code 0';
const AT_ONCE_MS = 2000;

/** Finds the process of a run whose pid was not recorded, and records the exit of a run whose process is gone. */
export async function observeRun(pass: Pass, { instance, config }: VersionedInstance): Promise<void> {
  const { run, container } = instance;
  if (!run) return;
  if (run.pid === undefined) {
    const leader = (await pass.readTable()).find(
      (entry) => entry.run === run.run_id && entry.session === entry.pid && !entry.zombie,
    );
    if (leader) {
      run.pid = leader.pid;
      run.start_time = leader.start_time;
      if (run.cgroup !== undefined) enterCgroup(run.cgroup, leader.pid);
      log(pass, 'info', 'container found again', { container });
    } else if (mayYetAppear(run, pass.now)) return;
  }
  if (await isAlive(run)) return;
  if (run.pid === undefined) {
    stopRun(pass.record, instance, config); // its process never started, so this is no crash
    return;
  }
  if (isOnce(pass.record, instance)) {
    recordEnd(pass, instance, config);
    return;
  }
  const restart_in_ms = nextRestartDelay(instance.restart_delay_ms, pass.now - run.spawned_at, config);
  instance.restart_delay_ms = restart_in_ms;
  instance.next_start_at = pass.now + restart_in_ms;
  const exit = takeExit(run);
  const isAtOnce = exit === SUCCESS && pass.now - run.spawned_at < AT_ONCE_MS;
  instance.last_exit = isAtOnce ? `${exit} at once: does it go to the background?` : exit;
  stopRun(pass.record, instance, config); // ends the children that the process left, which would block the next one
  log(pass, 'warn', 'container exited', { container, exit: instance.last_exit, restart_in_ms });
}

/**
 * Records how the process of a container that runs once ended. A failure makes `conclude` give the version up. Without an
 * exit code, because the host that started the process was killed, it runs again: at least once.
 */
function recordEnd(pass: Pass, instance: Instance, config: ProcessConfig): void {
  const { run, container } = instance;
  if (!run) return;
  const succeeded = hasSucceeded(run);
  const exit = takeExit(run);
  stopRun(pass.record, instance, config); // ends the children that the process left
  if (succeeded) instance.completed = instance.ready = instance.was_ready = true;
  else if (succeeded === false) instance.start_error = exit;
  else instance.next_start_at = pass.now;
  log(pass, succeeded ? 'info' : 'warn', 'container that runs once ended', { container, exit });
}

/** Returns the delay before the next restart in milliseconds: doubled at each crash, reset after a long run. */
function nextRestartDelay(
  last: number | undefined,
  ranMs: number,
  { restart_delay_seconds, max_restart_delay_seconds }: ProcessConfig,
): number {
  const shortest = restart_delay_seconds * 1000;
  const longest = Math.max(shortest, max_restart_delay_seconds * 1000);
  return last === undefined || ranMs >= longest ? shortest : Math.min(last * 2, longest);
}

/** Records whether a running instance is ready. Returns milliseconds until the next pass is worthwhile. */
export function observeReadiness(pass: Pass, versioned: VersionedInstance): number {
  const { instance, spec, config } = versioned;
  const { run, ports } = instance;
  const { context, record } = pass;
  if (run && run.pid === undefined) return SOON_MS;
  if (!run || instance.completed || isOnce(record, instance)) return STEADY_MS;
  const check = spec.containers.find(({ name }) => name === instance.container)?.health_check;
  if (!check) {
    const remaining = run.spawned_at + config.settle_seconds * 1000 - pass.now;
    if (remaining > 0) return remaining;
    markReady(pass, instance);
    return STEADY_MS;
  }
  const target = { check, ports, execOptions: () => executionOf(context, versioned) };
  const options = { startupIntervalMs: config.startup_probe_interval_ms, wasHealthy: run.was_ready };
  const { healthy, error } = context.prober.healthOf(record.tenant_id, run, target, options);
  if (healthy) markReady(pass, instance);
  else if (healthy === false && instance.ready) {
    instance.ready = false;
    log(pass, 'warn', 'container unhealthy', { container: instance.container, error });
  }
  if (!instance.ready) instance.health_error = error;
  return STEADY_MS;
}

function markReady(pass: Pass, instance: Instance): void {
  if (instance.ready || !instance.run) return;
  instance.ready = instance.was_ready = instance.run.was_ready = true;
  instance.health_error = undefined;
  log(pass, 'info', 'container ready', { container: instance.container });
}
