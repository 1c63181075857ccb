import type { ContainerFailure } from '../engine/container-failure.ts';
import { addAlias, ensureNetwork, removeNetworks } from '../engine/network.ts';
import type { RolloutResult } from '../provider-context.ts';
import { leftoverContainers } from '../records/engine-state.ts';
import type { RolloutRecord } from '../records/record.ts';
import { createMissing, servingContainer } from './create-containers.ts';
import { removeContainers } from './destroy.ts';
import { reportFailure } from './failure-report.ts';
import { findInitFailure } from './init-failure.ts';
import { type Observation, observe } from './observe.ts';
import { isAsRequested } from './plan.ts';
import {
  logFields,
  type RolloutRun,
  type RolloutState,
  readState,
  renewHeartbeat,
  withRollout,
  writeRecord,
} from './run-state.ts';
import { dueOf, restartDisplaced, startContainers, stopDisplaced, unstarted } from './start-containers.ts';

export type StepResult =
  | Exclude<RolloutResult, { kind: 'interrupted' }>
  /** `hasChanged`: the step changed the engine, so the next one may follow at once. */
  | { kind: 'waiting'; hasChanged: boolean };

const unchanged: StepResult = { kind: 'waiting', hasChanged: false };
const changed: StepResult = { kind: 'waiting', hasChanged: true };

/**
 * Takes one step of a rollout: reads the engine, does what is due, and writes the record.
 *
 * A rollout is a small state machine in the tenant's record:
 *
 *     starting ──all containers ready──▶ switched ──leftovers removed──▶ (no rollout: done)
 *        └──────one failed, or timeout──▶ failed ────leftovers removed──▶ (no rollout: failure kept)
 *
 * Each step looks at what the engine has, not at what an earlier step did. So any host can take the next step after a
 * crash at any point. Two hosts may even work on the same rollout at once. That is safe because
 *
 * - containers and networks have deterministic names: the slower creator finds the work done;
 * - the record changes only through `RecordStore.write`, which lets one host succeed. The others read again;
 * - `serving` is replaced in the same write that sets `switched`. Before it the old version is the one to keep, after it
 *   the new one: `leftoverContainers` never counts a container of either as long as the record names it;
 * - new containers get their aliases before that write. A crash in between leaves old and new resolvable under one name,
 *   and the next step repeats both.
 */
export async function runStep(run: RolloutRun): Promise<StepResult> {
  const read = await readState(run);
  const state = withRollout(run, read);
  if (state?.rollout.state === 'starting') return advance(run, await renewHeartbeat(run, state));
  if (state) return finish(run, state);
  // Another host may have completed this rollout.
  const { rollout, serving, failure } = read.stored?.record ?? {};
  const { specHash, restart } = run.request;
  if (!rollout && failure?.spec_hash === specHash && failure.restart === restart) {
    return { kind: 'failed', failure: run.failure ?? { message: failure.message } };
  }
  return { kind: !rollout && serving && isAsRequested(serving, run.request) ? 'done' : 'superseded' };
}

async function advance(run: RolloutRun, state: RolloutState): Promise<StepResult> {
  const { context, request } = run;
  const { engine } = context;
  const network = await ensureNetwork(engine, request.names, request.spec, context, state.networks);
  await removeContainers(engine, leftoverContainers(state, state.stored.record));
  await stopDisplaced(run, state);
  if (await createMissing(context, request, state, network)) return changed;
  const observations = await Promise.all(state.rollout.instances.map((instance) => observe(engine, state, instance)));
  if (observations.some(({ hasEnded, instance }) => hasEnded && !instance.completed)) {
    await recordEnds(run, state, observations);
    return changed;
  }
  // `isSettled` is called for every container, because its first call starts that container's time.
  const settled = observations.map((observation) => isSettled(run, observation));
  const isReady = (name: string) =>
    settled[observations.findIndex(({ instance }) => instance.container === name)] === true;
  const due = dueOf(run, unstarted(state), isReady);
  const failure = await startContainers(run, due);
  if (failure) return failRollout(run, state, { failure });
  if (due.length > 0) return changed;
  const initFailure = await findInitFailure(engine, observations);
  if (initFailure) return failRollout(run, state, { failure: initFailure });
  if (observations.some(({ isLost }) => isLost)) {
    return failRollout(run, state, await reportFailure(engine, observations));
  }
  if (settled.every(Boolean)) return switchOver(run, state, observations, network);
  const seconds = request.config.start_timeout_seconds;
  if (performance.now() - run.startedAt < seconds * 1000) return unchanged;
  return failRollout(
    run,
    state,
    await reportFailure(engine, observations, `it was not ready within ${seconds} seconds`),
  );
}

/**
 * Records which containers that run once have ended with code 0. The record is what counts from now on: the container stays
 * for its logs, and may be removed by anyone.
 */
async function recordEnds(run: RolloutRun, state: RolloutState, observations: readonly Observation[]): Promise<void> {
  const instances = observations.map(({ instance, hasEnded }) =>
    hasEnded ? { ...instance, completed: true } : instance,
  );
  await writeRecord(run, state, { rollout: { ...state.rollout, instances } });
}

/** Returns true for a container that its health check has proven, or that has run for `settle_seconds` without one. */
function isSettled(
  { firstSeen, request }: RolloutRun,
  { isProven, healthy, inspected, hasEnded }: Observation,
): boolean {
  if (hasEnded) return true;
  if (!isProven || !inspected) return false;
  if (healthy) return true;
  const key = `${inspected.Id} ${inspected.State.StartedAt}`;
  const now = performance.now();
  const seenAt = firstSeen.get(key) ?? now;
  firstSeen.set(key, seenAt);
  return now - seenAt >= request.config.settle_seconds * 1000;
}

/** Makes the new version the serving one: its containers get the aliases of the old ones, then the record says so. */
async function switchOver(
  run: RolloutRun,
  state: RolloutState,
  observations: readonly Observation[],
  network: string,
): Promise<StepResult> {
  const { engine, logger } = run.context;
  for (const { instance, inspected } of observations.filter(({ hasEnded }) => !hasEnded)) {
    const isNew = servingContainer(state, state.stored.record, instance.container)?.id !== inspected?.Id;
    if (inspected && isNew) await addAlias(engine, network, inspected.Id, instance.container);
  }
  const { spec_hash, sketch, instances, restart, volumes } = state.rollout;
  const next = await writeRecord(run, state, {
    serving: { spec_hash, sketch, instances, ...(restart !== undefined && { restart }), ...(volumes && { volumes }) },
    rollout: { ...state.rollout, state: 'switched' },
    updated_at: Date.now(),
    displaced: [],
  });
  logger.info('new version serves', logFields(run));
  return finish(run, next);
}

/** Gives the new version up. `details` tells what is wrong with each container. */
export async function failRollout(
  run: RolloutRun,
  state: RolloutState,
  { failure, details }: { failure: ContainerFailure; details?: Record<string, string> },
): Promise<StepResult> {
  const unknown = Object.fromEntries(state.rollout.instances.map(({ container }) => [container, '']));
  const failed: RolloutRecord = {
    ...state.rollout,
    state: 'failed',
    failure: failure.message,
    troubles: details ?? unknown,
  };
  run.failure = failure;
  const next = await writeRecord(run, state, { rollout: failed });
  run.context.logger.error('rollout failed', { ...logFields(run), error: failure.message });
  return finish(run, next);
}

/** Returns true while requests to containers that were replaced are under way. */
function isDraining({ context: { frontDoor } }: RolloutRun, state: RolloutState): boolean {
  const replaced = leftoverContainers(state, state.stored.record).flatMap(({ hostPorts }) => hostPorts);
  return frontDoor?.isInUse(replaced.map((port) => Number(port.slice(port.indexOf('/') + 1)))) === true;
}

/** Removes the leftovers of a switched or failed rollout, restarts what a failed one displaced, and closes it. */
async function finish(run: RolloutRun, state: RolloutState): Promise<StepResult> {
  const { engine } = run.context;
  const { rollout } = state;
  if (rollout.state === 'switched' && isDraining(run, state)) return unchanged;
  await removeContainers(engine, leftoverContainers(state, state.stored.record));
  if (rollout.state === 'switched') {
    await writeRecord(run, state, { rollout: undefined, failure: undefined });
    return { kind: 'done' };
  }
  await restartDisplaced(run, state);
  if (!state.stored.record.serving) await removeNetworks(engine, state.networks);
  const { failure: message = '', troubles = {}, spec_hash, restart } = rollout;
  const failure = { spec_hash, message, troubles, ...(restart !== undefined && { restart }) };
  await writeRecord(run, state, { rollout: undefined, failure, displaced: [] });
  return { kind: 'failed', failure: run.failure ?? { message } };
}
