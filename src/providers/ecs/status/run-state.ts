import type { Service } from '@aws-sdk/client-ecs';
import { hashJson } from '../../../compute/spec/json.ts';
import { isSameRequest, markOf, REQUESTED_TAG, type TagMap, withMark } from '../tags.ts';
import type { Observation } from './observe.ts';
import type { RolloutState } from './rollout-state.ts';

/*
 * Beside the specification, a service is told to be stopped, or to have been restarted. Both are a mark in the value of
 * `REQUESTED_TAG` (tags.ts), because a service has no room for more tags: `stopped:<count>`, or
 * `restart:<id>:<digest of the deployment that it replaces>`.
 *
 * Stopping writes the tag first, with the number of tasks, and then sets it to 0. So a service is stopped if it has the mark
 * and wants no task: a crash between the two calls leaves a service that runs, and the next stop goes on.
 *
 * A forced deployment carries no id. So restarting first writes the id and the deployment that it is to replace, and then
 * forces a new one. Once another deployment is the primary one, the restart has begun, and a repetition begins no other. A
 * deployment that the circuit breaker stopped makes the one before it the primary again.
 */

/** Of a service that is stopped: the number of tasks that it had, if that is known. */
export interface StoppedRun {
  count: number | undefined;
}

/** The last restart of a service: its id, and the digest of the deployment that it replaces. */
export interface RestartRun {
  id: string;
  replaced: string;
}

/** Returns the short name of a deployment in marks: its id has up to 32 characters. */
export function deploymentDigest(id = ''): string {
  return hashJson(id).slice(0, 8);
}

export function stoppedMark(count: number | undefined): string {
  return `stopped:${count ?? ''}`;
}

export function restartMark({ id, replaced }: RestartRun): string {
  return `restart:${id}:${replaced}`;
}

/** Returns the wanted value of `REQUESTED_TAG`, with the mark of a restart where the present value names the same. */
export function keepingRestart(wanted: string, tags: TagMap): string {
  const mark = markOf(tags);
  if (!mark?.startsWith('restart:') || !isSameRequest(wanted, tags[REQUESTED_TAG])) return wanted;
  return withMark(wanted, mark);
}

/** Returns how a service was stopped, or undefined if it was not, or was started again. */
export function stoppedRun({ desiredCount = 0 }: Service, tags: TagMap): StoppedRun | undefined {
  const [, count] = /^stopped:(\d*)$/.exec(markOf(tags) ?? '') ?? [];
  if (count === undefined || desiredCount > 0) return undefined;
  return { count: count === '' ? undefined : Number(count) };
}

/** Returns the last restart of a service, if its specification was not changed since. */
export function restartRun(tags: TagMap): RestartRun | undefined {
  const [, id, replaced] = /^restart:([^:]+):(.*)$/.exec(markOf(tags) ?? '') ?? [];
  return id === undefined || replaced === undefined ? undefined : { id, replaced };
}

/** How the last restart of a service stands, as keys of a status's metadata. See run-state.ts. */
export type RestartState =
  | { restart: string }
  | { pending_restart: string }
  | { failed_restart: string }
  | Record<string, never>;

export function readRestart({ tags, rollouts, failed }: Observation, state: RolloutState): RestartState {
  const last = restartRun(tags);
  const primary = rollouts[0]?.deployment;
  if (!last || !primary) return {};
  const { id, replaced } = last;
  // The circuit breaker returned to the deployment before it, or the restart has not begun.
  if (deploymentDigest(primary.id) === replaced)
    return failed?.arn === primary.taskDefinition ? { failed_restart: id } : {};
  if (state.pending) return { pending_restart: id };
  return state.failed?.arn === primary.taskDefinition ? { failed_restart: id } : { restart: id };
}
