import type Docker from 'dockerode';
import type { TenantState } from '../../../compute/results.ts';
import type { Engine } from '../engine/engine.ts';
import { MAX_HEALTHY_THRESHOLD } from '../health-check.ts';
import { THRESHOLD_LABEL } from '../labels.ts';
import { containerOf, probeOf, type EngineState } from './engine-state.ts';
import type { Instance } from './record.ts';

/** What the engine says of one instance now. */
export interface Observation {
  instance: Instance;
  /** Undefined where the container is gone. */
  inspected: Docker.ContainerInspectInfo | undefined;
  state: TenantState;
  ready: boolean;
  /** What its health check says; undefined while it has not said enough, or where there is none. */
  healthy: boolean | undefined;
  /** Ready, and healthy as often in a row as a new version has to be. */
  isProven: boolean;
  /** What is wrong, for people; empty where nothing is. */
  message: string;
  /** It will not come up by itself. */
  isLost: boolean;
}

type State = Docker.ContainerInspectInfo['State'];

/** The longest of the engine's own words that is shown. */
const MAX_WORDS = 300;

export async function observe(engine: Engine, world: EngineState, instance: Instance): Promise<Observation> {
  const [container, probe] = [containerOf(world, instance), probeOf(world, instance)];
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
  if (!inspected) {
    const message = 'its container is gone from the engine';
    const nothing = { ready: false, healthy: undefined, isProven: false };
    return { instance, inspected, ...nothing, state: 'failed', message, isLost: true };
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
    message: state === 'running' ? check?.message || describeRun(inspected) : describeEnd(inspected),
    isLost: state === 'failed' || state === 'stopped',
  };
}

function toState({ Status: status, ExitCode: code, Error: error }: State): TenantState {
  switch (status) {
    case 'running':
      return 'running';
    case 'restarting':
      return 'starting';
    case 'created':
      return error ? 'failed' : 'starting';
    case 'paused':
      return 'stopped';
    case 'removing':
      return 'stopping';
    case 'exited':
      return code === 0 ? 'stopped' : 'failed';
    default:
      return 'failed';
  }
}

interface Check {
  healthy: boolean | undefined;
  isProven: boolean;
  message: string;
}

/** What the health check says, be it the container's own or that of its probe. Nothing where there is no check. */
function checkOf(
  inspected: Docker.ContainerInspectInfo,
  probe: Docker.ContainerInspectInfo | undefined,
): Check | undefined {
  const threshold = Number(inspected.Config.Labels[THRESHOLD_LABEL] ?? 0);
  if (threshold === 0) return undefined;
  const health = probe ? probe.State.Health : inspected.State.Health;
  if (!health) return { healthy: undefined, isProven: false, message: 'health check: it is not running' };
  // A probe outlives the runs of what it checks: what it saw of an earlier run does not count.
  const since = Date.parse(inspected.State.StartedAt);
  const log = (health.Log ?? []).filter(({ Start }) => Date.parse(Start) >= since);
  const last = log.at(-1);
  const message = last && last.ExitCode !== 0 ? describeCheck(last, probe !== undefined) : '';
  if (health.Status === 'unhealthy') return { healthy: false, isProven: false, message };
  const healthy = (health.Status === 'healthy' && log.some(isSuccess)) || undefined;
  const inARow = log.length - 1 - log.findLastIndex((check) => !isSuccess(check));
  const isProven = healthy === true && inARow >= Math.min(threshold, MAX_HEALTHY_THRESHOLD);
  return { healthy, isProven, message };
}

function isSuccess({ ExitCode }: { ExitCode: number }): boolean {
  return ExitCode === 0;
}

/** What a check of the tenant's own printed may be anything, so only what a probe printed is shown. */
function describeCheck(last: { ExitCode: number; Output: string }, isProbe: boolean): string {
  if (last.ExitCode < 0) return 'health check: no answer in time';
  return `health check: ${isProbe ? last.Output.trim().slice(0, MAX_WORDS) : `its command exited with code ${last.ExitCode}`}`;
}

/** What happened before to a container that runs. */
function describeRun({ State: { OOMKilled }, RestartCount, HostConfig }: Docker.ContainerInspectInfo): string {
  if (!OOMKilled) return '';
  const what = RestartCount > 0 ? 'its last run' : 'something in it';
  return `${what} was killed because it used more memory than its ${memoryOf(HostConfig)} MB (OOM)`;
}

/** Why a container does not run. */
function describeEnd({ State: state, HostConfig }: Docker.ContainerInspectInfo): string {
  if (state.Status === 'paused') return 'it is paused';
  if (state.Status === 'created') return state.Error ? 'it could not be started' : 'it has not been started yet';
  const again = state.Status === 'restarting' ? '; it is about to be started again' : '';
  if (!state.OOMKilled) return `it exited with code ${state.ExitCode}${again}`;
  return `it was killed because it used more memory than its ${memoryOf(HostConfig)} MB (OOM)${again}`;
}

function memoryOf({ Memory = 0 }: Docker.HostConfig): number {
  return Math.round(Memory / 1024 / 1024);
}
