import { MAX_PENDING } from '../../../compute/spec/limits.ts';
import type { Engine } from '../engine/engine.ts';
import { lastOutput } from '../logs/last-output.ts';
import type { EngineState } from '../records/engine-state.ts';
import { isHostActive } from '../records/record.ts';
import { type Observation, observe } from './observe.ts';

/** Shown for a container that a rollout has not created yet. */
export const NOT_CREATED = 'it has not been created yet: an image is being pulled, or could not be pulled';

/** Returns what the version on its way waits for, and until when; nothing where none is. See `ComputeStatus`. */
export async function pendingOf(engine: Engine, state: EngineState): Promise<Record<string, string>> {
  const record = state.stored?.record;
  const { rollout } = record ?? {};
  if (!record || rollout?.state !== 'starting' || !isHostActive(record)) return {};
  const observations = await Promise.all(rollout.instances.map((instance) => observe(engine, state, instance)));
  const unready = observations.filter(({ isProven }) => !isProven);
  const outputs = await Promise.all(
    unready.map(async ({ instance, inspected }) => {
      const output = inspected && (await lastOutput(engine, inspected));
      return output && `last output of ${instance.container}:\n${output}`;
    }),
  );
  const message = [unready.map(describe).join('; '), ...outputs].filter(Boolean).join('\n');
  const created = unready.flatMap(({ inspected }) => (inspected ? [Date.parse(inspected.Created)] : []));
  const until = Math.min(...created) + (rollout.start_timeout_seconds ?? Number.NaN) * 1000;
  return {
    ...(message && { pending_message: message.slice(0, MAX_PENDING) }),
    ...(Number.isFinite(until) && { pending_until: new Date(until).toISOString() }),
  };
}

function describe({ instance, inspected, state, ready, message }: Observation): string {
  if (!inspected) return `${instance.container} is starting (${NOT_CREATED})`;
  const awaited = ready ? 'its health check has to succeed some more times' : message;
  return `${instance.container} is ${state}${awaited && ` (${awaited})`}`;
}
