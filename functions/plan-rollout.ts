import { operation } from './runtime/http/operation.ts';
import { rolloutPlanRequest } from './runtime/http/read-body.ts';
import type { RolloutPlanView } from './runtime/http/rollouts/views.ts';
import { rollingOut } from './runtime/setup/rolling-out.ts';

export const handler = await operation({
  name: 'plan-rollout',
  uses: rollingOut,
  body: rolloutPlanRequest,
  async run({ body, rollouts, signal }) {
    const plan: RolloutPlanView = await rollouts.plan(body, { signal });
    return { status: 200, body: plan };
  },
});
