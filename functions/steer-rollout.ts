import { COMMANDS, type Command } from '../src/rollouts/model/rollout.ts';
import { HttpError } from './runtime/http/http-error.ts';
import { operation } from './runtime/http/operation.ts';
import { SteeringPath } from './runtime/http/parameters.ts';
import { viewRollout } from './runtime/http/rollouts/view-rollout.ts';
import { rollingOut } from './runtime/setup/rolling-out.ts';

/** Serves all commands: five functions that do the same would use up what one stack may have of resources. */
export const handler = await operation({
  name: 'steer-rollout',
  uses: rollingOut,
  path: SteeringPath,
  async run({ path, rollouts, caller }) {
    const { rollout_id, command } = path;
    if (!isCommand(command)) {
      throw new HttpError(
        'route_not_found',
        `a rollout has no command ${JSON.stringify(command)}: ${COMMANDS.join(', ')}`,
      );
    }
    return { status: 202, body: viewRollout(await rollouts.control(rollout_id, command, caller)) };
  },
});

function isCommand(text: string): text is Command {
  return COMMANDS.some((command) => command === text);
}
