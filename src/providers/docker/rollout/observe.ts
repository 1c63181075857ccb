import type Docker from 'dockerode';
import type { TenantState } from '../../../compute/results.ts';
import type { Engine } from '../engine/engine.ts';
import { MAX_HEALTHY_THRESHOLD } from '../health-check.ts';
import { LABEL } from '../labels.ts';
import { containerOf, type EngineState, probeOf } from '../records/engine-state.ts';
import type { Instance } from '../records/record.ts';

/** The current state of one instance, as the engine reports it. */
export interface Observation {
  instance: Instance;
  /** Undefined if the container is missing. */
  inspected: Docker.ContainerInspectInfo | undefined;
  state: TenantState;
  ready: boolean;
  /** The verdict of its health check; undefined before there is one, and without a check. */
  healthy: boolean | undefined;
  /** Ready, and healthy for `healthy_threshold` checks in a row. */
  isProven: boolean;
  /** The problem in words; empty if there is none. */
  message: string;
  /** It will not become ready by itself. */
  isLost: boolean;
  /** It runs once, and has ended with code 0. */
  hasEnded: boolean;
}

type State = Docker.ContainerInspectInfo['State'];

/** The longest text of a probe that is shown. */
const MAX_OUTPUT = 300;

/** Observes the instances that a status shows: those that serve, else those of the rollout, else all there are. */
export async function observeAll(engine: Engine, state: EngineState): Promise<Observation[]> {
  const { serving, rollout } = state.stored?.record ?? {};
  const instances = state.stored
    ? (serving ?? rollout)?.instances
    : state.containers.filter(({ role }) => role === 'tenant').map(({ instance }) => instance);
  return Promise.all((instances ?? []).map((instance) => observe(engine, state, instance)));
}

export async function observe(engine: Engine, state: EngineState, instance: Instance): Promise<Observation> {
  const [container, probe] = [containerOf(state, instance), probeOf(state, instance)];
  const [inspected, inspectedProbe] = await Promise.all(
    [container, probe].map((one) => one && engine.inspectContainer(one.id)),
  );
  return toObservation(instance, inspected, inspectedProbe);
}

export function toObservation(
  instance: Instance,
  inspected: Docker.ContainerInspectInfo | undefined,
  probe: Docker.ContainerInspectInfo | undefined,
): Observation {
  if (instance.completed || hasSucceeded(inspected)) {
    const ended = { ready: true, healthy: undefined, isProven: true, isLost: false, hasEnded: true };
    return { instance, inspected, ...ended, state: 'stopped', message: '' };
  }
  if (!inspected) {
    const message = 'its container is missing on the engine';
    const unready = { ready: false, healthy: undefined, isProven: false, hasEnded: false };
    return { instance, inspected, ...unready, state: 'failed', message, isLost: true };
  }
  if (isOnce(inspected) && inspected.State.Status === 'running') {
    const unready = { ready: false, healthy: undefined, isProven: false, isLost: false, hasEnded: false };
    return { instance, inspected, ...unready, state: 'starting', message: 'it runs once, and has not ended yet' };
  }
  const state = toState(inspected.State);
  const check = state === 'running' ? checkOf(inspected, probe) : undefined;
  const ready = state === 'running' && (!check || check.healthy === true);
  return {
    instance,
    inspected,
    state,
    ready,
    healthy: check?.healthy,
    isProven: ready && (check?.isProven ?? true),
    message: state === 'running' ? check?.message || describePreviousRun(inspected) : describeEnd(inspected),
    isLost: state === 'failed' || state === 'stopped',
    hasEnded: false,
  };
}

function isOnce({ Config }: Docker.ContainerInspectInfo): boolean {
  return Config.Labels[LABEL.run] === 'once';
}

function hasSucceeded(inspected: Docker.ContainerInspectInfo | undefined): boolean {
  return (
    inspected !== undefined && isOnce(inspected) && inspected.State.Status === 'exited' && exitsWell(inspected.State)
  );
}

/** A container that was killed for its memory, or that could not be started, may show the code 0. */
function exitsWell({ ExitCode: code, OOMKilled, Error: error }: State): boolean {
  return code === 0 && !OOMKilled && !error;
}

const tenantStates: Readonly<Record<string, TenantState>> = {
  running: 'running',
  restarting: 'starting',
  paused: 'stopped',
  removing: 'stopping',
};

function toState({ Status: status, ExitCode: code, Error: error }: State): TenantState {
  if (status === 'created') return error ? 'failed' : 'starting';
  if (status === 'exited') return code === 0 ? 'stopped' : 'failed';
  return tenantStates[status] ?? 'failed';
}

interface CheckVerdict {
  healthy: boolean | undefined;
  isProven: boolean;
  message: string;
}

/** Reads the health check that the container or its probe runs. Returns undefined if there is none. */
function checkOf(
  inspected: Docker.ContainerInspectInfo,
  probe: Docker.ContainerInspectInfo | undefined,
): CheckVerdict | undefined {
  const threshold = Number(inspected.Config.Labels[LABEL.threshold] ?? 0);
  if (threshold === 0) return undefined;
  const health = probe ? probe.State.Health : inspected.State.Health;
  if (!health) return { healthy: undefined, isProven: false, message: 'health check: it is not running' };
  // A probe outlives the runs of its container: results from before this run do not count.
  const since = Date.parse(inspected.State.StartedAt);
  const log = (health.Log ?? []).filter(({ Start }) => Date.parse(Start) >= since);
  const last = log.at(-1);
  const message = last && last.ExitCode !== 0 ? describeCheck(last, probe !== undefined) : '';
  if (health.Status === 'unhealthy') return { healthy: false, isProven: false, message };
  const healthy = (health.Status === 'healthy' && log.some(({ ExitCode }) => ExitCode === 0)) || undefined;
  const inARow = log.length - 1 - log.findLastIndex(({ ExitCode }) => ExitCode !== 0);
  const isProven = healthy === true && inARow >= Math.min(threshold, MAX_HEALTHY_THRESHOLD);
  return { healthy, isProven, message };
}

/** Only the output of a probe is shown. That of the tenant's own command may contain secrets. */
function describeCheck(last: { ExitCode: number; Output: string }, isProbe: boolean): string {
  if (last.ExitCode < 0) return 'health check: timed out';
  if (isProbe) return `health check: ${last.Output.trim().slice(0, MAX_OUTPUT)}`;
  return `health check: its command exited with code ${last.ExitCode}`;
}

/** Returns why an earlier run of a running container was killed, or ''. */
function describePreviousRun({ State: { OOMKilled }, RestartCount, HostConfig }: Docker.ContainerInspectInfo): string {
  if (!OOMKilled) return '';
  const subject = RestartCount > 0 ? 'its previous run' : 'a process in it';
  return `${subject} was killed because it used more memory than its ${memoryOf(HostConfig)} MB (OOM)`;
}

/** Returns why a container does not run. */
function describeEnd({ State: state, HostConfig, Config }: Docker.ContainerInspectInfo): string {
  if (state.Status === 'paused') return 'it is paused';
  if (state.Status === 'created' && state.Error) return 'it could not be started';
  const waitsFor = Config.Labels[LABEL.waitsFor];
  if (state.Status === 'created' && waitsFor) return `it waits for ${waitsFor.split(',').join(' and ')}`;
  if (state.Status === 'created') return 'it has not been started yet';
  const again = state.Status === 'restarting' ? '; the engine is about to restart it' : '';
  if (!state.OOMKilled) return `it exited with code ${state.ExitCode}${again}`;
  return `it was killed because it used more memory than its ${memoryOf(HostConfig)} MB (OOM)${again}`;
}

function memoryOf({ Memory = 0 }: Docker.HostConfig): number {
  return Math.round(Memory / 1024 / 1024);
}
