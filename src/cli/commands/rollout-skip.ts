import type { Invocation } from '../command.ts';
import { conclude } from '../rollouts/follow.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, { args: [rolloutId = '', tenant = ''] }: Invocation): Promise<number> {
  const client = await session.connect();
  const { data } = await client.skipRolloutTenant(rolloutId, tenant, { signal: session.signal });
  return conclude(session, data, {});
}
