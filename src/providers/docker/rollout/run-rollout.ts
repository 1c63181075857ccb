import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../compute/errors.ts';
import { TroubleError } from '../engine/container-failure.ts';
import { needsProbe } from '../health-check.ts';
import { inTurn } from '../records/lock.ts';
import { RecordChangedError } from '../records/record-store.ts';
import { ATTENDED_MS, attend, fieldsOf, heldBy, type Job, look } from './rollout-run.ts';
import { fail, type StepResult, step } from './rollout-step.ts';

export type RolloutResult = Exclude<StepResult, { kind: 'waiting' }> | { kind: 'interrupted' };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * Works on a rollout until it is decided, step by step, and lets others have their turn with the tenant in between. Where the
 * host goes away meanwhile, whoever asks for the same specification again goes on with it.
 */
export async function drive(job: Job): Promise<RolloutResult> {
  const { closing } = job.site;
  try {
    await bringImages(job);
    job.since = performance.now();
    for (let pause = FIRST_PAUSE_MS; !closing.aborted; ) {
      const progress = await oneStep(job);
      if (progress.kind !== 'waiting') return progress;
      if (progress.isMoving) continue;
      await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    }
    await leave(job);
    return { kind: 'interrupted' };
  } catch (error) {
    if (closing.aborted) return { kind: 'interrupted' };
    throw error;
  }
}

function oneStep(job: Job): Promise<StepResult> {
  return inTurn(job.wanted.names.tenant, async () => {
    try {
      return await step(job);
    } catch (error) {
      if (error instanceof RecordChangedError) return { kind: 'waiting', isMoving: true };
      if (!(error instanceof TroubleError)) throw error;
      return giveUp(job, error);
    }
  });
}

async function giveUp(job: Job, { trouble }: TroubleError): Promise<StepResult> {
  const held = heldBy(job, await look(job));
  return held ? fail(job, held, held.rollout, { trouble }) : { kind: 'superseded' };
}

/** Pulls what the engine does not have, which may take minutes, and goes on saying that somebody is at work. */
async function bringImages(job: Job): Promise<void> {
  const { site, wanted } = job;
  const { containers } = wanted.spec;
  const images = containers.map(({ image }) => image);
  if (containers.some(({ health_check }) => needsProbe(health_check))) images.push(site.defaults.probe_image);
  const ended = new AbortController();
  const attending = keepAttending(job, ended.signal);
  try {
    await Promise.all([...new Set(images)].map((image) => site.images.ensure(image, site.logger, site.closing)));
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    await inTurn(wanted.names.tenant, () => giveUp(job, error));
  } finally {
    ended.abort();
    await attending;
  }
}

async function keepAttending(job: Job, ended: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(ATTENDED_MS / 4, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await sayAttended(job, ATTENDED_MS).catch((error: unknown) => {
      job.site.logger.warn('rollout could not be attended', { ...fieldsOf(job), error: messageOf(error) });
    });
  }
}

/** Lets everybody know at once that nobody is at work any more. */
async function leave(job: Job): Promise<void> {
  await sayAttended(job, 0).catch(() => undefined); // then they find out when the time is up
}

async function sayAttended(job: Job, forMs: number): Promise<void> {
  await inTurn(job.wanted.names.tenant, async () => {
    const held = heldBy(job, await look(job));
    if (held) await attend(job, held, forMs);
  });
}
