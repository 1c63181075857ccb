import { hostGroups, mayHaveHost } from '../address/host-address.ts';
import type { ProviderContext } from '../provider-context.ts';
import { leftVolumes } from '../volumes/tenant-volumes.ts';
import { findOwnRevision } from './revisions.ts';
import { describeService } from './service.ts';

/** Returns true where a tenant without a service still has task definitions, its host, or volumes that are not retained. */
export async function isLeftOf(context: ProviderContext, name: string, tenantId: string): Promise<boolean> {
  if (await findOwnRevision(context, name)) return true;
  if ((await leftVolumes(context)).has(tenantId)) return true;
  if (!mayHaveHost(context, await describeService(context, name))) return false;
  return (await hostGroups(context, name, tenantId)).length > 0;
}
