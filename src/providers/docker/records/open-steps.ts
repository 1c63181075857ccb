import { isScratch } from '../engine/network.ts';
import { type EngineState, leftoverContainers, type OwnedContainer } from './engine-state.ts';
import { isHostActive } from './record.ts';
import type { StoredRecord } from './record-store.ts';

/*
 * What an interrupted rollout left to do
 *
 * A host can die between any two requests. It then leaves the rollout in the record, containers that the record does not
 * name, a scratch network, or an older record. No flag could tell: the flag itself would be a request that a host dies
 * before. So the open steps are derived from the engine at each read, by one rule: the engine holds more than the latest
 * record asks for, and no host claims by its heartbeat to be working on it.
 *
 * The status shows them as `open_steps`, and a plan for the serving specification closes them (`tidy` in plan.ts).
 */

/** Returns in words what is left to do, as the object of "waiting for"; undefined where nothing is. */
export function openStepsOf(state: EngineState, now = Date.now()): string | undefined {
  const { stored, volumes, networks } = state;
  if (!stored || stored.record.destroying || isHostActive(stored.record, now)) return undefined;
  const steps = [
    ...(stored.record.rollout ? ['the end of an interrupted rollout'] : []),
    ...leftoverContainers(state, stored.record).map(removalOf),
    ...networks.filter(isScratch).map(({ name }) => `the removal of the network ${name}`),
    ...(volumes.length > 1 ? ['the removal of older records'] : []),
  ];
  return steps.length === 0 ? undefined : steps.join('; ');
}

/** Returns true where a tenant has open steps and the state is one that a plan can tidy: no rollout is in the record. */
export function isUntidy(state: EngineState): state is EngineState & { stored: StoredRecord } {
  return state.stored?.record.rollout === undefined && openStepsOf(state) !== undefined;
}

function removalOf({ name }: OwnedContainer): string {
  return `the removal of container ${name}`;
}
