import type { MemoryVolume, Shelf } from '../../../../src/providers/memory/backend.ts';
import type { Tenant } from '../../../../src/tenants/model/tenant.ts';
import type { Simulation } from './simulation.ts';

/** The volumes of the memory provider, by resource name. Each holds a text from the moment that it is made. */
export type Volumes = Map<string, MemoryVolume>;

/**
 * Returns the volumes as the provider sees them. `wrong` is told of a volume that is deleted although the tenant's
 * specification in the table retains it, or although the tenant is not being destroyed.
 */
export function watchVolumes(
  volumes: Volumes,
  tenantOf: (tenantId: string) => Tenant | undefined,
  wrong: (about: string) => void,
): Shelf<MemoryVolume> {
  return {
    get: (key) => volumes.get(key),
    set: (key, volume) => volumes.set(key, { content: `the data of ${key}`, ...volume }),
    delete(key) {
      const [, tenantId = '', name] = key.split('/');
      const { phase = 'destroyed', desired } = tenantOf(tenantId) ?? {};
      if (phase !== 'destroying' && phase !== 'destroyed') wrong(`${key} was deleted while its tenant was ${phase}`);
      const isRetained = desired?.spec.volumes?.some((one) => one.name === name && one.retain);
      if (isRetained) wrong(`${key} was deleted, and its specification retains it`);
      return volumes.delete(key);
    },
    keys: () => volumes.keys(),
  };
}

/** Every tenant that is ready has the volumes that it mounts, and only retained volumes are left of others. */
export function inspectVolumes({ volumes, records, ledger }: Simulation, tenants: readonly Tenant[]): void {
  // A stopped tenant keeps its data, also if what was left of it on the backend was removed by hand.
  const existing = new Set(tenants.filter(({ phase }) => phase !== 'destroyed').map(({ tenant_id }) => tenant_id));
  for (const [key, { retain }] of volumes) {
    const owner = key.slice(0, key.lastIndexOf('/'));
    const [, tenantId = ''] = key.split('/');
    if (!records.has(owner) && !existing.has(tenantId) && !retain)
      ledger.record('leaked', `the volume ${key} is left, and nothing retains it`);
  }
  for (const { tenant_id, provider_type, phase, desired } of tenants) {
    const resource = `${provider_type}/${tenant_id}`;
    if (phase !== 'ready' || !records.has(resource)) continue;
    const mounts = desired.spec.containers.flatMap((container) => container.volumes ?? []);
    for (const { name } of mounts) {
      if (!volumes.has(`${resource}/${name}`)) ledger.record('lost', `${resource} is ready without its volume ${name}`);
    }
  }
}
