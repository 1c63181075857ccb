import { operation } from './runtime/http/operation.ts';
import { RolloutListQuery } from './runtime/http/parameters.ts';
import type { RolloutList } from './runtime/http/rollouts/views.ts';
import { rolloutReading } from './runtime/setup/rollout-reading.ts';

export const handler = await operation({
  name: 'list-rollouts',
  uses: rolloutReading,
  query: RolloutListQuery,
  async run({ query, rollouts, caller }) {
    const page = await rollouts.list({ ...query, caller: caller.owner ?? caller.actor });
    const body: RolloutList = { rollouts: page.rollouts, next_cursor: page.next_cursor ?? null };
    return { status: 200, body };
  },
});
