import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../compute/errors.ts';
import { ContainerFailureError } from '../engine/container-failure.ts';
import { needsProbe } from '../health-check.ts';
import { withLock } from '../lock.ts';
import type { ProviderContext, RolloutResult } from '../provider-context.ts';
import { HEARTBEAT_TTL_MS, type RolloutRecord } from '../records/record.ts';
import { RecordChangedError } from '../records/record-store.ts';
import type { RolloutRequest } from './plan.ts';
import { failRollout, runStep, type StepResult } from './rollout-step.ts';
import { createRun, logFields, type RolloutRun, readState, renewHeartbeat, withRollout } from './run-state.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

/**
 * Works on a rollout and waits up to `ready_wait_seconds` for its result; returns undefined if it takes longer. The work
 * continues in the background of this process. Concurrent callers share one run.
 */
export async function runRollout(
  context: ProviderContext,
  request: RolloutRequest,
  rollout: RolloutRecord,
): Promise<RolloutResult | undefined> {
  const run = context.runs.get(rollout.id) ?? startRun(context, request, rollout);
  const waited = new AbortController();
  const waitMs = request.config.ready_wait_seconds * 1000;
  try {
    return await Promise.race([run, sleep(waitMs, undefined, { signal: waited.signal })]);
  } finally {
    waited.abort();
  }
}

function startRun(
  context: ProviderContext,
  request: RolloutRequest,
  { id, state }: RolloutRecord,
): Promise<RolloutResult> {
  const run = runSteps(createRun(context, request, id), state).finally(() => context.runs.delete(id));
  context.runs.set(id, run);
  // A caller that still waits gets the error as well. If none does, this is its only trace.
  run.catch((error: unknown) => {
    context.logger.warn('rollout interrupted', { ...logFields({ context, request }), error: messageOf(error) });
  });
  return run;
}

/**
 * Takes step after step until the rollout ends. Between steps the tenant's lock is free for other calls. A rollout that is
 * decided already needs no image: it only has to be cleaned up after.
 */
async function runSteps(run: RolloutRun, state: RolloutRecord['state']): Promise<RolloutResult> {
  const { closing } = run.context;
  try {
    if (state === 'starting') await pullImages(run);
    run.startedAt = performance.now();
    for (let round = 0; !closing.aborted; ) {
      const result = await lockedStep(run);
      if (result.kind !== 'waiting') return result;
      if (result.hasChanged) continue;
      await sleep(pauseMs(round), undefined, { signal: closing }).catch(() => undefined);
      round += 1;
    }
    await writeHeartbeat(run, 0).catch(() => undefined); // then it expires by itself
    return { kind: 'interrupted' };
  } catch (error) {
    if (closing.aborted) return { kind: 'interrupted' };
    await writeHeartbeat(run, 0).catch(() => undefined); // so that the status shows at once that the work has stopped
    throw error;
  }
}

/** Returns the pause before the next look at the engine, growing from round to round. */
function pauseMs(round: number): number {
  return Math.min(FIRST_PAUSE_MS * 1.5 ** round, MAX_PAUSE_MS);
}

function lockedStep(run: RolloutRun): Promise<StepResult> {
  return withLock(run.request.names.tenant, async () => {
    try {
      return await runStep(run);
    } catch (error) {
      if (error instanceof RecordChangedError) return { kind: 'waiting', hasChanged: true };
      if (!(error instanceof ContainerFailureError)) throw error;
      return giveUp(run, error);
    }
  });
}

async function giveUp(run: RolloutRun, { failure }: ContainerFailureError): Promise<StepResult> {
  const state = withRollout(run, await readState(run));
  return state ? failRollout(run, state, { failure }) : { kind: 'superseded' };
}

/** Pulls missing images, which may take minutes, and keeps the heartbeat alive meanwhile. */
async function pullImages(run: RolloutRun): Promise<void> {
  const { context, request } = run;
  const { containers } = request.spec;
  const images = containers.map(({ image }) => image);
  if (containers.some(({ health_check }) => needsProbe(health_check))) images.push(context.defaults.probe_image);
  const ended = new AbortController();
  const heartbeat = keepHeartbeat(run, ended.signal);
  try {
    await Promise.all(
      [...new Set(images)].map((image) => context.images.ensure(image, context.logger, context.closing)),
    );
  } catch (error) {
    if (!(error instanceof ContainerFailureError)) throw error;
    await withLock(request.names.tenant, () => giveUp(run, error));
  } finally {
    ended.abort();
    await heartbeat;
  }
}

async function keepHeartbeat(run: RolloutRun, ended: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(HEARTBEAT_TTL_MS / 4, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await writeHeartbeat(run, HEARTBEAT_TTL_MS).catch((error: unknown) => {
      run.context.logger.warn('rollout heartbeat failed', { ...logFields(run), error: messageOf(error) });
    });
  }
}

async function writeHeartbeat(run: RolloutRun, ttlMs: number): Promise<void> {
  await withLock(run.request.names.tenant, async () => {
    const state = withRollout(run, await readState(run));
    if (state) await renewHeartbeat(run, state, ttlMs);
  });
}
