import { operation } from './runtime/http/operation.ts';
import { RolloutTenantPath } from './runtime/http/parameters.ts';
import { viewRollout } from './runtime/http/rollouts/view-rollout.ts';
import { rollingOut } from './runtime/setup/rolling-out.ts';

export const handler = await operation({
  name: 'skip-rollout-tenant',
  uses: rollingOut,
  path: RolloutTenantPath,
  run: async ({ path, rollouts, caller }) => ({
    status: 202,
    body: viewRollout(await rollouts.skip(path.rollout_id, path.tenant_id, caller)),
  }),
});
