import { runsOnce, waitsOf } from '../../../compute/start-order/start-order.ts';
import { type ContainerFailure, toFailure } from '../engine/container-failure.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { requestedHostPorts } from '../mapping.ts';
import { isAlive, type OwnedContainer } from '../records/engine-state.ts';
import { type Instance, includesInstance } from '../records/record.ts';
import type { RolloutRun, RolloutState } from './run-state.ts';

const MAX_PORT_RETRIES = 10;

/** Returns the containers of a rollout that have never been started, and its probes that do not run. */
export function unstarted({ containers, rollout }: RolloutState): OwnedContainer[] {
  const isDown = (one: OwnedContainer) => one.state === 'created' || (one.role === 'probe' && !isAlive(one));
  return containers.filter((one) => isDown(one) && includesInstance(rollout.instances, one.instance));
}

/**
 * Returns the containers whose turn it is: they wait for no other. `isReady` tells of a container of the version whether it
 * has ended with code 0, if it runs once, or else is ready.
 */
export function dueOf(
  { request }: RolloutRun,
  containers: readonly OwnedContainer[],
  isReady: (container: string) => boolean,
): OwnedContainer[] {
  const waits = waitsOf(request.spec.containers);
  return containers.filter(({ instance }) => (waits.get(instance.container) ?? []).every(({ name }) => isReady(name)));
}

/** Starts containers and returns the first failure. */
export async function startContainers(
  run: RolloutRun,
  containers: readonly OwnedContainer[],
): Promise<ContainerFailure | undefined> {
  const results = await Promise.allSettled(containers.map((container) => start(run, container)));
  const failures = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return failures.find((failure) => failure !== undefined);
}

/** A port that Berth chose and that is in use is no failure: the next step creates the container with another one. */
async function start(run: RolloutRun, { id, instance }: OwnedContainer): Promise<ContainerFailure | undefined> {
  const { engine } = run.context;
  try {
    if (!(await mayStart(run, id, instance))) return undefined;
    await engine.startContainer(id);
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (!(await engine.inspectContainer(id))) return undefined; // removed meanwhile: the next step creates it again
    const failure = toFailure(error.reason);
    const isRequested = run.request.spec.containers.some(({ ports = [] }) =>
      ports.some(({ host_port }) => host_port === failure.port),
    );
    if (failure.port && !isRequested && run.portRetries < MAX_PORT_RETRIES) {
      run.portRetries += 1;
      await engine.removeContainer(id);
      return undefined;
    }
    return { ...failure, message: `container ${instance.container}: ${failure.message}` };
  }
}

/** A container that runs once is not started where another host has just done so: it may have ended already. */
async function mayStart({ context, request }: RolloutRun, id: string, { container }: Instance): Promise<boolean> {
  if (!request.spec.containers.some((one) => one.name === container && runsOnce(one))) return true;
  return (await context.engine.inspectContainer(id))?.State.Status === 'created';
}

/**
 * Stops serving containers that block host ports of this rollout. Starts those that only an earlier one needed, and those of
 * a stopped tenant.
 */
export async function stopDisplaced({ context, request }: RolloutRun, state: RolloutState): Promise<void> {
  const requested = requestedHostPorts(request.spec.containers);
  await Promise.all(
    displacedContainers(state, [...servingOf(state), ...state.rollout.instances]).map(async (container) => {
      const isKept = includesInstance(state.rollout.instances, container.instance);
      const isBlocking = !isKept && container.hostPorts.some((port) => requested.has(port));
      if (isBlocking && isAlive(container)) await context.engine.stopContainer(container.id);
      if (!isBlocking && !isAlive(container)) await startAgain(context.engine, container.id, request.config.restart);
    }),
  );
}

/** Starts the displaced containers of a failed rollout again. */
export async function restartDisplaced({ context }: RolloutRun, state: RolloutState): Promise<void> {
  await Promise.all(
    displacedContainers(state, servingOf(state)).map(async ({ id, name }) => {
      try {
        await context.engine.startContainer(id);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Another program took its port. The status shows it, and the next provision replaces the container.
        const { message } = toFailure(error.reason);
        context.logger.error('displaced container could not be restarted', { container: name, error: message });
      }
    }),
  );
}

/** Starts a container, with the restart policy that a stop took from it: see stop.ts. */
async function startAgain(engine: Engine, id: string, policy: string): Promise<void> {
  if (policy === 'on-failure') await engine.setRestartPolicy(id, policy);
  await engine.startContainer(id);
}

function servingOf({ stored }: RolloutState): readonly Instance[] {
  return stored.record.serving?.instances ?? [];
}

function displacedContainers({ containers, stored }: RolloutState, among: readonly Instance[]): OwnedContainer[] {
  const { displaced } = stored.record;
  return containers.filter(({ name, instance }) => displaced.includes(name) && includesInstance(among, instance));
}
