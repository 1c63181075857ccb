import { readItems } from '../../client/pages.ts';
import type { RolloutSummary } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { actorOf } from '../output/outcome.ts';
import { printResult } from '../output/print-result.ts';
import { conclude } from '../rollouts/follow.ts';
import type { Session } from '../session.ts';
import { ago } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

const columnsAt = (now: number): Column<RolloutSummary>[] => [
  { title: 'ROLLOUT', value: ({ rollout_id }) => rollout_id },
  { title: 'PHASE', value: ({ phase }) => phase, style: paint },
  { title: 'TENANTS', value: ({ tenants }) => String(tenants) },
  { title: 'OK', value: ({ succeeded }) => String(succeeded) },
  { title: 'FAILED', value: ({ failed }) => String(failed) },
  { title: 'AGE', value: ({ created_at }) => ago(created_at, now) },
  { title: 'BY', value: ({ started_by }) => actorOf(started_by), elastic: true },
  { title: 'REASON', value: ({ reason }) => reason, elastic: true, wraps: true },
];

export async function run(session: Session, { args: [rolloutId], options }: Invocation): Promise<number> {
  const { signal, host } = session;
  const client = await session.connect();
  if (rolloutId !== undefined) {
    const { data } = await client.getRollout(rolloutId, { signal });
    return conclude(session, data, { watch: options.watch });
  }
  const { items: rollouts } = await readItems(client.endpoint, options.limit ?? 50, async (page) => {
    const { data } = await client.listRollouts({ ...page, signal });
    return { items: data.rollouts, next: data.next_cursor };
  });
  await printResult(session, {
    data: { rollouts },
    rows: rollouts,
    columns: columnsAt(host.now()),
    nameOf: ({ rollout_id }) => rollout_id,
    nothing: 'There are no rollouts yet.',
  });
  return exitCodes.done;
}
