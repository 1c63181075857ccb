import { operation } from './runtime/http/operation.ts';
import { RolloutPath, WaitQuery } from './runtime/http/parameters.ts';
import { viewRollout } from './runtime/http/rollouts/view-rollout.ts';
import { rolloutReading } from './runtime/setup/rollout-reading.ts';

export const handler = await operation({
  name: 'get-rollout',
  uses: rolloutReading,
  path: RolloutPath,
  query: WaitQuery,
  async run({ path, query, rollouts, signal }) {
    const found = await rollouts.get(path.rollout_id, { waitMs: query.wait * 1000, signal });
    return { status: 200, body: viewRollout(found) };
  },
});
