import { DestroyFailedError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import { toFailure } from '../engine/container-failure.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { removeNetworks } from '../engine/network.ts';
import type { Names } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type EngineState, isAlive, isEmpty, type OwnedContainer, readEngineState } from '../records/engine-state.ts';
import { RecordChangedError } from '../records/record-store.ts';

const MAX_ATTEMPTS = 5;

/**
 * Removes everything the engine holds of a tenant; succeeds if there is nothing. The record says so first and is removed
 * last: hosts that work on the tenant stop, and after a crash the rest is still found. The state is read again afterwards,
 * because a host that had not seen the record yet may have created something meanwhile. What is marked for another life of
 * the tenant than `incarnation` is left alone.
 */
export async function destroyAll(
  context: ProviderContext,
  names: Names,
  tenantId: string,
  incarnation?: string,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const state = await readEngineState(context, tenantId);
    if (isEmpty(state) || isOtherIncarnation(state.stored?.labels[INCARNATION_LABEL], incarnation)) return;
    if (attempt === MAX_ATTEMPTS) {
      throw new DestroyFailedError(`another Berth host keeps creating containers of tenant ${tenantId}`);
    }
    try {
      await markDestroying(context, names, state);
    } catch (error) {
      if (error instanceof RecordChangedError) continue;
      throw error;
    }
    await removeAll(context, tenantId);
  }
}

async function markDestroying({ store }: ProviderContext, names: Names, { stored }: EngineState): Promise<void> {
  if (!stored || stored.record.destroying) return;
  await store.write(names, stored, { ...stored.record, rollout: undefined, destroying: true }, stored.labels);
}

async function removeAll(context: ProviderContext, tenantId: string): Promise<void> {
  try {
    const { containers, networks, volumes } = await readEngineState(context, tenantId);
    await removeContainers(context.engine, containers);
    await removeNetworks(context.engine, networks);
    // Ascending, so that the latest record is removed last.
    for (const { name } of volumes) await context.engine.removeVolume(name);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DestroyFailedError(`tenant ${tenantId}: ${toFailure(error.reason).message}`);
  }
}

/** Stops containers within their grace period and removes them. Missing ones are ignored. */
export async function removeContainers(engine: Engine, containers: readonly OwnedContainer[]): Promise<void> {
  await Promise.all(
    containers.map(async (container) => {
      if (container.role === 'tenant' && isAlive(container)) await engine.stopContainer(container.id);
      await engine.removeContainer(container.id);
    }),
  );
}
