import { toTrouble } from '../engine/container-failure.ts';
import type { Engine } from '../engine/engine.ts';
import { excerpt } from '../logs/last-output.ts';
import type { Observation } from './observe.ts';

/** The longest reason that is kept; the error it becomes has to stay below 2 KB. */
const MAX_MESSAGE = 1800;

/** Why a version did not come up: what is wrong with each container that is not ready, and the last that it wrote. */
export async function explainFailure(
  engine: Engine,
  observations: readonly Observation[],
  lateness: string | undefined,
): Promise<{ message: string; troubles: Record<string, string> }> {
  const unready = observations.filter(({ isProven, isLost }) => !isProven || isLost);
  const told = await Promise.all(
    unready.map(async (observation) => {
      const output = observation.inspected && (await excerpt(engine, observation.inspected));
      const what = [lateness, describe(observation)].filter(Boolean).join('; ');
      return `container ${observation.instance.container}: ${what}${output && `; its last output:\n${output}`}`;
    }),
  );
  const troubles = observations.map((observation) => [observation.instance.container, describe(observation)]);
  const message = told.join('\n');
  return { message: message.slice(0, MAX_MESSAGE), troubles: Object.fromEntries(troubles) };
}

function describe({ inspected, message }: Observation): string {
  const restarts = inspected?.RestartCount ? `; it was restarted ${inspected.RestartCount} times` : '';
  const { Status: status, Error: error } = inspected?.State ?? {};
  const start = status === 'created' && error ? toTrouble(error).message : '';
  return `${start || message || 'it is not ready'}${message || start ? restarts : ''}`;
}
