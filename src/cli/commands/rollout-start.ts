import type { RolloutRequest } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { conclude } from '../rollouts/follow.ts';
import { readRequest } from '../rollouts/read-request.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, { args: [rolloutId], options }: Invocation): Promise<number> {
  const request = await readRequest(rolloutId, options, session.host.stdin);
  const client = await session.connect();
  const { data } = await client.startRollout(request as RolloutRequest, { signal: session.signal });
  return conclude(session, data, { watch: options.watch });
}
