import { ensureNetwork, giveName, removeNetworks } from '../engine/network.ts';
import { createMissing, servingContainer } from '../engine/placement.ts';
import type { Trouble } from '../engine/trouble.ts';
import { explainFailure } from '../explain.ts';
import { attend, fieldsOf, type Held, heldBy, type Job, look, write } from './job.ts';
import { type Observation, observe } from './observe.ts';
import type { RolloutRecord } from './record.ts';
import { removeContainers, unwantedContainers } from './removal.ts';
import { isSettled, restoreDisplaced, startContainers, stopDisplaced, unstarted } from './starting.ts';

export type StepResult =
  /** `isMoving`: something was done, and the next look is worth while at once. */
  | { kind: 'waiting'; isMoving: boolean }
  | { kind: 'done' }
  | { kind: 'failed'; trouble: Trouble }
  /** Something else took its place. */
  | { kind: 'superseded' };

const waiting: StepResult = { kind: 'waiting', isMoving: false };
const moving: StepResult = { kind: 'waiting', isMoving: true };

/**
 * One look at a rollout: does whatever is due, waits for nothing but the end of what has to go, and notes the result. It
 * goes by what the engine has, not by what was done before, so that any host can take the next step after any crash.
 */
export async function step(job: Job): Promise<StepResult> {
  const world = await look(job);
  const held = heldBy(job, world);
  if (held?.rollout.state === 'starting') return advance(job, await attend(job, held), held.rollout);
  if (held) return finish(job, held, held.rollout);
  // Another host may have gone on to the end with the very same rollout.
  const { rollout, serving, failure } = world.stored?.record ?? {};
  const { specHash } = job.wanted;
  if (!rollout && failure?.spec_hash === specHash) {
    return { kind: 'failed', trouble: job.trouble ?? { message: failure.message } };
  }
  return { kind: !rollout && serving?.spec_hash === specHash ? 'done' : 'superseded' };
}

async function advance(job: Job, world: Held, rollout: RolloutRecord): Promise<StepResult> {
  const { site, wanted } = job;
  const network = await ensureNetwork(site.engine, wanted.names, wanted.spec, site.provider, world);
  await removeContainers(site.engine, unwantedContainers(world, world.stored.record));
  await stopDisplaced(job, world, rollout);
  if (await createMissing(site, wanted, world, network)) return moving;
  const created = unstarted(world, rollout);
  const trouble = await startContainers(job, created);
  if (trouble) return fail(job, world, rollout, { trouble });
  if (created.length > 0) return moving;
  const observations = await Promise.all(rollout.instances.map((instance) => observe(site.engine, world, instance)));
  if (observations.some(({ isLost }) => isLost)) return fail(job, world, rollout, await explain(job, observations));
  // Every container is asked, so that the time of each begins when it is first seen.
  const settled = observations.map((observation) => isSettled(job, observation));
  if (settled.every(Boolean)) return switchOver(job, world, rollout, observations, network);
  const seconds = wanted.config.start_timeout_seconds;
  if (performance.now() - job.since < seconds * 1000) return waiting;
  return fail(job, world, rollout, await explain(job, observations, `it was not ready within ${seconds} seconds`));
}

/** The new version is ready: its containers get the names that the old ones go by, and it is what serves. */
async function switchOver(
  job: Job,
  world: Held,
  rollout: RolloutRecord,
  observations: readonly Observation[],
  network: string,
): Promise<StepResult> {
  const { engine, logger } = job.site;
  for (const { instance, inspected } of observations) {
    const isNew = servingContainer(world, world.stored.record, instance.container)?.id !== inspected?.Id;
    if (inspected && isNew) await giveName(engine, network, inspected.Id, instance.container);
  }
  const { spec_hash, sketch, instances } = rollout;
  const switched: RolloutRecord = { ...rollout, state: 'switched' };
  const changes = {
    serving: { spec_hash, sketch, instances },
    rollout: switched,
    updated_at: Date.now(),
    displaced: [],
  };
  const next = await write(job, world, changes);
  logger.info('new version serves', fieldsOf(job));
  return finish(job, next, switched);
}

interface Failing {
  trouble: Trouble;
  /** What is wrong with each container. */
  troubles?: Record<string, string> | undefined;
}

async function explain({ site }: Job, observations: readonly Observation[], lateness?: string): Promise<Failing> {
  const { message, troubles } = await explainFailure(site.engine, observations, lateness);
  return { trouble: { message }, troubles };
}

/** The new version is given up: what served goes on, or comes back where it had made room. */
export async function fail(job: Job, world: Held, rollout: RolloutRecord, { trouble, troubles }: Failing): Promise<StepResult> {
  const unknown = Object.fromEntries(rollout.instances.map(({ container }) => [container, '']));
  const failed: RolloutRecord = { ...rollout, state: 'failed', failure: trouble.message, troubles: troubles ?? unknown };
  job.trouble = trouble;
  const next = await write(job, world, { rollout: failed });
  job.site.logger.error('rollout failed', { ...fieldsOf(job), error: trouble.message });
  return finish(job, next, failed);
}

/** Removes what has to go, and closes the rollout. */
async function finish(job: Job, world: Held, rollout: RolloutRecord): Promise<StepResult> {
  const { engine } = job.site;
  await removeContainers(engine, unwantedContainers(world, world.stored.record));
  if (rollout.state === 'switched') {
    await write(job, world, { rollout: undefined, failure: undefined });
    return { kind: 'done' };
  }
  await restoreDisplaced(job, world);
  if (!world.stored.record.serving) await removeNetworks(engine, world.networks);
  const { failure: message = '', troubles = {}, spec_hash } = rollout;
  await write(job, world, { rollout: undefined, failure: { spec_hash, message, troubles }, displaced: [] });
  return { kind: 'failed', trouble: job.trouble ?? { message } };
}
