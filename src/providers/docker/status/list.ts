import { INSTALLATION_LABEL, isOwned, TENANT_LABEL } from '../../../compute/labels.ts';
import type { HeldTenant } from '../../../compute/provider.ts';
import { type Labels, ownedFilter } from '../labels.ts';
import type { ProviderContext } from '../provider-context.ts';
import { toEngineState } from '../records/engine-state.ts';
import { openStepsOf } from '../records/open-steps.ts';

/** Returns every tenant of which the engine holds a record, a container or a network. The Engine API has no paging. */
export async function listTenants({ engine, store, provider }: ProviderContext): Promise<HeldTenant[]> {
  const filter = ownedFilter(provider);
  // Resources of other installations are listed too: the inventory reports them.
  const isOwn = ({ Labels }: { Labels?: Labels | undefined }) => isOwned(Labels ?? {}, provider);
  const [containers, networks] = await Promise.all([engine.listContainers(filter), engine.listNetworks(filter)]);
  const volumes = await store.listVolumes(); // last, as in `readEngineState`
  const byTenant = {
    volumes: Map.groupBy(volumes, ({ labels }) => labels[TENANT_LABEL] ?? ''),
    containers: Map.groupBy(containers.filter(isOwn), ({ Labels }) => Labels[TENANT_LABEL] ?? ''),
    networks: Map.groupBy(networks.filter(isOwn), ({ Labels }) => Labels?.[TENANT_LABEL] ?? ''),
  };
  const tenantIds = new Set(Object.values(byTenant).flatMap((groups) => [...groups.keys()]));
  return [...tenantIds].filter(Boolean).map((tenant_id) => {
    const of = <T>(groups: Map<string, T[]>) => groups.get(tenant_id) ?? [];
    const [records, own, nets] = [of(byTenant.volumes), of(byTenant.containers), of(byTenant.networks)];
    const state = toEngineState(records, own, nets);
    const { serving: { spec_hash } = {}, stopped } = state.stored?.record ?? {};
    const labels: (Labels | undefined)[] = [...own, ...nets].map(({ Labels }) => Labels);
    const installation = [...labels, ...records.map((record) => record.labels)]
      .map((each) => each?.[INSTALLATION_LABEL])
      .findLast((id) => id !== undefined);
    return {
      tenant_id,
      ...(spec_hash && { spec_hash }),
      ...(stopped && { is_stopped: true }),
      ...(openStepsOf(state) && { has_open_steps: true }),
      ...(installation && { installation }),
    };
  });
}
