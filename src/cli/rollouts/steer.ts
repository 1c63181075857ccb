import type { RolloutCommand } from '../../client/types.ts';
import type { CommandModule } from '../command.ts';
import { conclude } from './follow.ts';

/** Makes the command that carries out one command of a rollout. */
export function steering(command: RolloutCommand): CommandModule['run'] {
  return async (session, { args: [rolloutId = ''], options }) => {
    const client = await session.connect();
    const { data } = await client.steerRollout(rolloutId, command, { signal: session.signal });
    const goals = { undo: 'undone', abort: 'aborted', pause: 'paused' } as const;
    const goal = command in goals ? goals[command as keyof typeof goals] : 'succeeded';
    return conclude(session, data, { watch: options.watch, goal });
  };
}
