import type { ComputeStatus, ProvisionResult } from '../../compute/results.ts';
import { type Observation, observe } from './observe.ts';
import type { Instance, TenantRecord } from './record.ts';
import { advertisedAddress, type Site, tenantNames } from './site.ts';
import { toProvisionResult, toStatus } from './status.ts';
import type { World } from './world.ts';

/** What the engine says of a tenant now. */
export async function viewStatus(site: Site, tenantId: string, world: World): Promise<ComputeStatus> {
  return toStatus(placeOf(site, tenantId), world.stored?.record, await observeShown(site, world));
}

/** The answer to a provision, made from what there is. */
export async function viewProvision(
  site: Site,
  tenantId: string,
  world: World,
  record: TenantRecord,
): Promise<ProvisionResult> {
  return toProvisionResult(
    placeOf(site, tenantId),
    tenantNames(site, tenantId),
    record,
    await observeShown(site, world),
  );
}

function placeOf(site: Site, tenantId: string) {
  return { provider: site.provider, tenantId, address: advertisedAddress(site.defaults) };
}

async function observeShown({ engine }: Site, world: World): Promise<Observation[]> {
  return Promise.all(shownInstances(world).map((instance) => observe(engine, world, instance)));
}

/** Those of what serves, or else of what comes; without a record, all that there are. */
function shownInstances({ stored, containers }: World): Instance[] {
  if (!stored) return containers.filter(({ role }) => role === 'tenant').map(({ instance }) => instance);
  const { serving, rollout } = stored.record;
  return serving?.instances ?? rollout?.instances ?? [];
}
