import { operation } from './runtime/http/operation.ts';
import { rolloutRequest } from './runtime/http/read-body.ts';
import { viewRollout } from './runtime/http/rollouts/view-rollout.ts';
import { rollingOut } from './runtime/setup/rolling-out.ts';

export const handler = await operation({
  name: 'start-rollout',
  uses: rollingOut,
  body: rolloutRequest,
  async run({ body, rollouts, caller }) {
    const { rollout, created } = await rollouts.start(body, caller);
    return {
      status: created ? 201 : 200,
      body: viewRollout(rollout),
    };
  },
});
