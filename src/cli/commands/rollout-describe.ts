import { readItems } from '../../client/pages.ts';
import type { RolloutTenantList } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import { toBoard } from '../rollouts/board.ts';
import type { Session } from '../session.ts';
import { paint } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

type Row = RolloutTenantList['tenants'][number];

const columns: Column<Row>[] = [
  { title: 'TENANT', value: ({ tenant_id }) => tenant_id },
  { title: 'WAVE', value: ({ wave }) => wave },
  { title: 'OUTCOME', value: ({ outcome }) => outcome, style: paint },
  { title: 'REVISIONS', value: ({ from_revision, to_revision }) => `${from_revision} → ${to_revision ?? '-'}` },
  { title: 'DETAIL', value: ({ detail }) => detail, elastic: true, wraps: true },
];

export async function run(session: Session, { args: [rolloutId = ''], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const client = await session.connect();
  const { data: rollout } = await client.getRollout(rolloutId, { signal });
  const { items: tenants } = await readItems(client.endpoint, options.limit ?? 1000, async (page) => {
    const { data } = await client.listRolloutTenants(rolloutId, { ...page, signal });
    return { items: data.tenants, next: data.next_cursor };
  });
  if (options.output === 'table' || options.output === 'wide')
    terminal.print(`${toBoard(rollout, terminal.columns)}\n`);
  const nameOf = ({ tenant_id }: Row) => tenant_id;
  await printResult(session, {
    data: { ...rollout, tenants },
    rows: tenants,
    columns,
    nameOf,
    nothing: 'No tenant yet.',
  });
  return exitCodes.done;
}
