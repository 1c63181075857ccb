import { type Trouble, toTrouble } from '../engine/container-failure.ts';
import { EngineError } from '../engine/engine-error.ts';
import { hostPortKey } from '../mapping.ts';
import { isAlive, type OwnedContainer } from '../records/engine-state.ts';
import { type Instance, isSame, type RolloutRecord } from '../records/record.ts';
import type { Observation } from './observe.ts';
import type { Held, Job } from './rollout-run.ts';

const MAX_PORT_RETRIES = 10;

/** The containers of a rollout that were made and not started yet, and those for its checks that somebody stopped. */
export function unstarted({ containers }: Held, { instances }: RolloutRecord): OwnedContainer[] {
  const isDown = (one: OwnedContainer) => one.state === 'created' || (one.role === 'probe' && !isAlive(one));
  return containers.filter((one) => isDown(one) && includes(instances, one.instance));
}

/** Starts containers. A chosen port that turns out to be taken is no trouble: the container is made anew, with another. */
export async function startContainers(job: Job, containers: readonly OwnedContainer[]): Promise<Trouble | undefined> {
  const ends = await Promise.allSettled(containers.map((container) => start(job, container)));
  const troubles = ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
  return troubles.find((trouble) => trouble !== undefined);
}

async function start(job: Job, { id, instance }: OwnedContainer): Promise<Trouble | undefined> {
  const { engine } = job.site;
  try {
    await engine.startContainer(id);
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (!(await engine.inspectContainer(id))) return undefined; // gone meanwhile: the next look makes it anew
    const trouble = toTrouble(error.reason);
    const isAsked = job.wanted.spec.containers.some(({ ports = [] }) =>
      ports.some(({ host_port }) => host_port === trouble.port),
    );
    if (trouble.port && !isAsked && job.portRetries < MAX_PORT_RETRIES) {
      job.portRetries += 1;
      await engine.removeContainer(id);
      return undefined;
    }
    return { ...trouble, message: `container ${instance.container}: ${trouble.message}` };
  }
}

/** Serving containers make room for new ones that ask for their ports. What was stopped for an earlier rollout comes back. */
export async function stopDisplaced({ site, wanted }: Job, world: Held, { instances }: RolloutRecord): Promise<void> {
  const { displaced, serving } = world.stored.record;
  const asked = new Set(
    wanted.spec.containers.flatMap(({ ports = [] }) =>
      ports.map(({ protocol, host_port = 0 }) => hostPortKey({ protocol, host_port })),
    ),
  );
  const affected = world.containers.filter(
    ({ name, instance }) => displaced.includes(name) && includes(serving?.instances, instance),
  );
  await Promise.all(
    affected.map(async (container) => {
      const isInTheWay =
        !includes(instances, container.instance) && container.hostPorts.some((port) => asked.has(port));
      if (isInTheWay && isAlive(container)) await site.engine.stopContainer(container.id);
      if (!isInTheWay && !isAlive(container)) await site.engine.startContainer(container.id);
    }),
  );
}

/** What made room for a rollout that was given up comes back. */
export async function restoreDisplaced({ site }: Job, world: Held): Promise<void> {
  const { displaced, serving } = world.stored.record;
  const affected = world.containers.filter(
    ({ name, instance }) => displaced.includes(name) && includes(serving?.instances, instance),
  );
  await Promise.all(
    affected.map(async ({ id, name }) => {
      try {
        await site.engine.startContainer(id);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Its port went to somebody else meanwhile. The status shows it, and provisioning again makes it anew.
        site.logger.error('container could not be started again', {
          container: name,
          error: toTrouble(error.reason).message,
        });
      }
    }),
  );
}

/** Whether a container is ready: by its health check, or by having lived for a while. */
export function isSettled({ firstSeen, wanted }: Job, { isProven, healthy, inspected }: Observation): boolean {
  if (!isProven || !inspected) return false;
  if (healthy) return true;
  const run = `${inspected.Id} ${inspected.State.StartedAt}`;
  const now = performance.now();
  const seenAt = firstSeen.get(run) ?? now;
  firstSeen.set(run, seenAt);
  return now - seenAt >= wanted.config.settle_seconds * 1000;
}

function includes(instances: readonly Instance[] = [], instance: Instance): boolean {
  return instances.some((one) => isSame(one, instance));
}
