import { type ContainerFailure, toFailure } from '../engine/container-failure.ts';
import type { Engine } from '../engine/engine.ts';
import { lastOutput } from '../logs/last-output.ts';
import type { Observation } from './observe.ts';

/** The error that the message becomes part of has to stay below 2 KB. */
const MAX_MESSAGE = 1800;

/**
 * Returns why a version did not become ready: a message about each container that is not, with its last output, and the
 * `details` by container name, without output. `timeout` says what was exceeded, where it was the time.
 */
export async function reportFailure(
  engine: Engine,
  observations: readonly Observation[],
  timeout?: string,
): Promise<{ failure: ContainerFailure; details: Record<string, string> }> {
  const unready = observations.filter(({ isProven, isLost }) => !isProven || isLost);
  // Those that never started wait for one of the others.
  const begun = unready.filter(({ inspected, isLost }) => isLost || inspected?.State.Status !== 'created');
  const paragraphs = await Promise.all(
    (begun.length > 0 ? begun : unready).map(async (observation) => {
      const output = observation.inspected && (await lastOutput(engine, observation.inspected));
      const reasons = [timeout, describe(observation)].filter(Boolean).join('; ');
      return `container ${observation.instance.container}: ${reasons}${output && `; its last output:\n${output}`}`;
    }),
  );
  const details = observations.map((observation) => [observation.instance.container, describe(observation)]);
  return {
    failure: { message: paragraphs.join('\n').slice(0, MAX_MESSAGE) },
    details: Object.fromEntries(details),
  };
}

function describe({ inspected, message }: Observation): string {
  const restarts = inspected?.RestartCount ? `; it was restarted ${inspected.RestartCount} times` : '';
  const { Status: status, Error: error } = inspected?.State ?? {};
  const start = status === 'created' && error ? toFailure(error).message : '';
  return `${start || message || 'it is not ready'}${message || start ? restarts : ''}`;
}
