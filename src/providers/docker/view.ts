import type { ComputeStatus, ProvisionResult } from '../../compute/results.ts';
import { advertisedAddress, type ProviderContext, tenantNames } from './provider-context.ts';
import type { EngineState } from './records/engine-state.ts';
import type { Instance, TenantRecord } from './records/record.ts';
import { type Observation, observe } from './rollout/observe.ts';
import { toProvisionResult, toStatus } from './status.ts';

/** What the engine says of a tenant now. */
export async function viewStatus(site: ProviderContext, tenantId: string, world: EngineState): Promise<ComputeStatus> {
  return toStatus(placeOf(site, tenantId), world.stored?.record, await observeShown(site, world));
}

/** The answer to a provision, made from what there is. */
export async function viewProvision(
  site: ProviderContext,
  tenantId: string,
  world: EngineState,
  record: TenantRecord,
): Promise<ProvisionResult> {
  return toProvisionResult(
    placeOf(site, tenantId),
    tenantNames(site, tenantId),
    record,
    await observeShown(site, world),
  );
}

function placeOf(site: ProviderContext, tenantId: string) {
  return { provider: site.provider, tenantId, address: advertisedAddress(site.defaults) };
}

async function observeShown({ engine }: ProviderContext, world: EngineState): Promise<Observation[]> {
  return Promise.all(shownInstances(world).map((instance) => observe(engine, world, instance)));
}

/** Those of what serves, or else of what comes; without a record, all that there are. */
function shownInstances({ stored, containers }: EngineState): Instance[] {
  if (!stored) return containers.filter(({ role }) => role === 'tenant').map(({ instance }) => instance);
  const { serving, rollout } = stored.record;
  return serving?.instances ?? rollout?.instances ?? [];
}
