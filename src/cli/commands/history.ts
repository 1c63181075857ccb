import { readItems } from '../../client/pages.ts';
import type { Revision } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { actorOf } from '../output/outcome.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

export async function run(session: Session, { args: [tenant = ''], options }: Invocation): Promise<number> {
  const client = await session.connect();
  const { items: revisions, next_cursor } = await readItems(client.endpoint, options.limit ?? 50, async (page) => {
    const { data } = await client.listRevisions(tenant, { ...page, signal: session.signal });
    return { items: data.revisions, next: data.next_cursor };
  });
  await printResult(session, {
    data: { revisions, next_cursor },
    rows: revisions,
    columns: columnsAt(session.host.now()),
    nameOf: ({ revision }) => String(revision),
    nothing: `${tenant} has no revisions.`,
  });
  return exitCodes.done;
}

export function columnsAt(now: number): Column<Revision>[] {
  return [
    { title: 'REV', value: ({ revision }) => String(revision) },
    { title: 'AGE', value: ({ created_at }) => ago(created_at, now) },
    { title: 'OUTCOME', value: ({ outcome }) => outcome, style: paint },
    { title: 'BY', value: ({ actor }) => actorOf(actor), elastic: true },
    { title: 'OPERATION', value: ({ operation_id }) => operation_id, wide: true },
    { title: 'CHANGED', value: describeRevision, elastic: true, wraps: true },
  ];
}

/** Describes how a revision differs from the previous one. */
function describeRevision({ revision, changed, rollback_of }: Revision): string {
  const fields = changed.join(' ');
  if (rollback_of !== undefined) return `rollback to ${rollback_of}: ${fields}`;
  return revision === 1 && fields === '' ? 'first revision' : fields;
}
