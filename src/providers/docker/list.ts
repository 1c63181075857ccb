import { INSTALLATION_LABEL, isOwned, TENANT_LABEL } from '../../compute/labels.ts';
import type { HeldTenant } from '../../compute/provider.ts';
import { type Labels, ownedFilter } from './labels.ts';
import type { ProviderContext } from './provider-context.ts';
import { latestRecord, type RecordVolume } from './records/record-store.ts';

/** Returns every tenant of which the engine holds a record, a container or a network. The Engine API has no paging. */
export async function listTenants({ engine, store, provider }: ProviderContext): Promise<HeldTenant[]> {
  const filter = ownedFilter(provider);
  const [volumes, containers, networks] = await Promise.all([
    store.listVolumes(),
    engine.listContainers(filter),
    engine.listNetworks(filter),
  ]);
  const held = new Map<string, RecordVolume[]>();
  const installations = new Map<string, string>();
  const note = (tenantId: string, { [INSTALLATION_LABEL]: installation }: Labels) => {
    if (installation !== undefined) installations.set(tenantId, installation);
  };
  for (const { Labels } of [...containers, ...networks]) {
    const tenantId = Labels?.[TENANT_LABEL];
    if (!tenantId || !isOwned(Labels, provider)) continue;
    held.set(tenantId, []);
    note(tenantId, Labels);
  }
  for (const volume of volumes) {
    const tenantId = volume.labels[TENANT_LABEL] ?? '';
    held.set(tenantId, [...(held.get(tenantId) ?? []), volume]);
    note(tenantId, volume.labels);
  }
  return [...held].map(([tenant_id, records]) => {
    const spec_hash = latestRecord(records)?.record.serving?.spec_hash;
    const installation = installations.get(tenant_id);
    return { tenant_id, ...(spec_hash && { spec_hash }), ...(installation && { installation }) };
  });
}
