import { DestroyFailedError } from '../../../compute/errors.ts';
import { EngineError } from '../engine/engine-error.ts';
import { removeNetworks } from '../engine/network.ts';
import { toTrouble } from '../engine/trouble.ts';
import type { Names } from '../names.ts';
import type { ProviderContext } from '../provider-context.ts';
import { isEmpty, readWorld, type EngineState } from './engine-state.ts';
import { RecordChangedError } from './record-store.ts';
import { removeContainers } from './removal.ts';

const ATTEMPTS = 5;

/**
 * Removes all that the engine has of a tenant. The record says so first, and goes last: whoever is at work on the tenant
 * stops, and what is left after a crash is found.
 */
export async function destroyAll(site: ProviderContext, names: Names, tenantId: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const world = await readWorld(site.engine, site.store, site.provider, tenantId);
    if (isEmpty(world)) return;
    try {
      await announce(site, names, world);
    } catch (error) {
      if (error instanceof RecordChangedError) continue;
      throw error;
    }
    await removeAll(site, tenantId);
  }
  // Another look, because a host that had not read the record yet may have made something meanwhile.
  if (isEmpty(await readWorld(site.engine, site.store, site.provider, tenantId))) return;
  throw new DestroyFailedError(`containers of tenant ${tenantId} go on appearing: another host is bringing it up`);
}

async function announce({ store }: ProviderContext, names: Names, { stored }: EngineState): Promise<void> {
  if (!stored || stored.record.destroying) return;
  await store.write(names, stored, { ...stored.record, rollout: undefined, destroying: true }, stored.labels);
}

async function removeAll({ engine, store, provider }: ProviderContext, tenantId: string): Promise<void> {
  try {
    const { containers, networks, volumes } = await readWorld(engine, store, provider, tenantId);
    await removeContainers(engine, containers);
    await removeNetworks(engine, networks);
    // The latest goes last: until then, it says that the rest is to go too.
    for (const { name } of volumes) await engine.removeVolume(name);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DestroyFailedError(`tenant ${tenantId}: ${toTrouble(error.reason).message}`);
  }
}
