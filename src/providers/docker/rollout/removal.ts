import type { Engine } from '../engine/engine.ts';
import { isAlive, type OwnedContainer, type EngineState } from './engine-state.ts';
import { isSame, type TenantRecord, wantedInstances } from './record.ts';

/** The containers that have no right to be by the record: what a rollout replaced, gave up, or left behind. */
export function unwantedContainers({ containers }: EngineState, record: TenantRecord): OwnedContainer[] {
  const wanted = wantedInstances(record);
  return containers.filter(({ instance }) => !wanted.some((one) => isSame(one, instance)));
}

/** Ends containers, giving each its time, and removes them. Those that are gone already are fine. */
export async function removeContainers(engine: Engine, containers: readonly OwnedContainer[]): Promise<void> {
  await Promise.all(
    containers.map(async (container) => {
      if (container.role === 'tenant' && isAlive(container)) await engine.stopContainer(container.id);
      await engine.removeContainer(container.id);
    }),
  );
}
