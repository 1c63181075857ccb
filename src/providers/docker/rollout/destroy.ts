import { DestroyFailedError } from '../../../compute/errors.ts';
import { INCARNATION_LABEL, isOtherIncarnation } from '../../../compute/labels.ts';
import type { ProviderCall } from '../../../compute/provider.ts';
import type { DestroyResult } from '../../../compute/results.ts';
import { equalJson } from '../../../compute/spec/json.ts';
import type { VolumeMarks } from '../../../compute/volumes/volumes.ts';
import { toFailure } from '../engine/container-failure.ts';
import { listDataVolumes } from '../engine/data-volumes.ts';
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
  { incarnation, retain_volumes = [] }: Pick<ProviderCall, 'incarnation' | 'retain_volumes'> = {},
): Promise<DestroyResult> {
  const deleted = new Set<string>();
  let marks: VolumeMarks = {};
  for (let attempt = 0; ; attempt += 1) {
    const state = await readEngineState(context, tenantId);
    const isLate = isOtherIncarnation(state.stored?.labels[INCARNATION_LABEL], incarnation);
    if (isEmpty(state) || isLate) {
      if (!isLate) for (const volume of await removeVolumes(context, tenantId, marks)) deleted.add(volume);
      const left = await listDataVolumes(context.engine, tenantId, context);
      return { deleted_volumes: [...deleted].sort(), kept_volumes: left.map(({ volume }) => volume).sort() };
    }
    if (attempt === MAX_ATTEMPTS) {
      throw new DestroyFailedError(`another Berth host keeps creating containers of tenant ${tenantId}`);
    }
    try {
      marks = await markDestroying(context, names, state, retain_volumes);
    } catch (error) {
      if (error instanceof RecordChangedError) continue;
      throw error;
    }
    for (const volume of await removeAll(context, tenantId, marks)) deleted.add(volume);
  }
}

/** Returns which volumes to keep. The record has it too, so that another host that goes on from there keeps the same. */
async function markDestroying(
  { store }: ProviderContext,
  names: Names,
  { stored }: EngineState,
  retained: readonly string[],
): Promise<VolumeMarks> {
  if (!stored) return {};
  const { record } = stored;
  const entries = Object.entries(record.volumes ?? {});
  const volumes = Object.fromEntries(entries.map(([name, isKept]) => [name, isKept || retained.includes(name)]));
  if (record.destroying && equalJson(volumes, record.volumes ?? {})) return volumes;
  const next = { ...record, rollout: undefined, destroying: true, ...(entries.length > 0 && { volumes }) };
  await store.write(names, stored, next, stored.labels);
  return volumes;
}

/** Deletes the volumes that are marked as not retained, and returns their names. What has no mark is kept. */
async function removeVolumes(context: ProviderContext, tenantId: string, marks: VolumeMarks): Promise<string[]> {
  const found = await listDataVolumes(context.engine, tenantId, context);
  const unwanted = found.filter(({ volume }) => marks[volume] === false);
  for (const { name } of unwanted) await context.engine.removeVolume(name);
  return unwanted.map(({ volume }) => volume);
}

/** Removes what the engine has of a tenant. Returns the names of the volumes with data that it deleted. */
async function removeAll(context: ProviderContext, tenantId: string, marks: VolumeMarks): Promise<string[]> {
  try {
    const { containers, networks, volumes } = await readEngineState(context, tenantId);
    await removeContainers(context.engine, containers);
    await removeNetworks(context.engine, networks);
    const deleted = await removeVolumes(context, tenantId, marks);
    // Ascending, so that the latest record is removed last.
    for (const { name } of volumes) await context.engine.removeVolume(name);
    return deleted;
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
