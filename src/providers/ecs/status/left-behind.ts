import { hostGroups, mayHaveHost } from '../address/host-address.ts';
import type { ProviderContext } from '../provider-context.ts';
import { findOwnRevision } from './revisions.ts';
import { describeService } from './service.ts';

/** Returns true where a tenant without a service still has task definitions, or its host. */
export async function isLeftOf(context: ProviderContext, name: string, tenantId: string): Promise<boolean> {
  if (await findOwnRevision(context, name)) return true;
  if (!mayHaveHost(context, await describeService(context, name))) return false;
  return (await hostGroups(context, name, tenantId)).length > 0;
}
