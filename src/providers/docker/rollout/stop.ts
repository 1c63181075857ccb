import { StopFailedError, TenantNotFoundError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import type { Engine } from '../engine/engine.ts';
import type { Names } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isAlive, isEmpty, leftoverContainers, readEngineState } from '../records/engine-state.ts';
import { RecordChangedError, type StoredRecord } from '../records/record-store.ts';
import { removeContainers } from './destroy.ts';

const MAX_ATTEMPTS = 5;

/**
 * Stops a tenant's containers and keeps them, with their ports, files and logs. The record says so first: a rollout in
 * progress is given up, and hosts that work on it stop. The state is read again afterwards, because such a host may have
 * created or started something meanwhile.
 */
export async function stopAll(context: ProviderContext, names: Names, tenantId: string): Promise<void> {
  const { engine, provider, origin } = context;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const state = await readEngineState(context, tenantId);
    const { stored } = state;
    if (isEmpty(state) || !stored || stored.record.destroying)
      throw new TenantNotFoundError(`${tenantId} on ${provider}`);
    if (isOtherIncarnation(stored.labels[INCARNATION_LABEL], origin.incarnation)) return; // the call is late
    try {
      const marked = await markStopped(context, names, stored);
      const leftovers = leftoverContainers(state, marked.record);
      await removeContainers(engine, leftovers);
      const alive = state.containers.filter((one) => isAlive(one) && !leftovers.includes(one));
      await Promise.all(alive.map(({ id }) => stopForGood(engine, id)));
      if (marked === stored && leftovers.length + alive.length === 0) return;
    } catch (error) {
      if (!(error instanceof RecordChangedError)) throw error;
    }
  }
  throw new StopFailedError(`another Berth host keeps changing tenant ${tenantId}`);
}

async function markStopped({ store }: ProviderContext, names: Names, stored: StoredRecord): Promise<StoredRecord> {
  const { record, labels } = stored;
  if (record.stopped && !record.rollout) return stored;
  const { failure: _, ...kept } = record;
  return store.write(names, stored, { ...kept, rollout: undefined, displaced: [], stopped: true }, labels);
}

/**
 * Stops a container so that no restart of the engine starts it. The engine remembers a stop for the policy `unless-stopped`
 * only. When the engine itself starts, it starts stopped containers with `on-failure` too.
 * https://github.com/moby/moby/issues/35166
 */
async function stopForGood(engine: Engine, id: string): Promise<void> {
  const inspected = await engine.inspectContainer(id);
  if (inspected?.HostConfig.RestartPolicy?.Name === 'on-failure') await engine.setRestartPolicy(id, 'no');
  await engine.stopContainer(id);
}
