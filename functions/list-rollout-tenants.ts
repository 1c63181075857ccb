import { operation } from './runtime/http/operation.ts';
import { RolloutPath, RolloutTenantsQuery } from './runtime/http/parameters.ts';
import { viewRolloutTenant } from './runtime/http/rollouts/view-rollout.ts';
import type { RolloutTenantList } from './runtime/http/rollouts/views.ts';
import { rolloutReading } from './runtime/setup/rollout-reading.ts';

export const handler = await operation({
  name: 'list-rollout-tenants',
  uses: rolloutReading,
  path: RolloutPath,
  query: RolloutTenantsQuery,
  async run({ path, query, rollouts, caller }) {
    const page = await rollouts.tenantsOf(path.rollout_id, { ...query, caller: caller.owner ?? caller.actor });
    const body: RolloutTenantList = {
      tenants: page.tenants.map(viewRolloutTenant),
      next_cursor: page.next_cursor ?? null,
    };
    return { status: 200, body };
  },
});
