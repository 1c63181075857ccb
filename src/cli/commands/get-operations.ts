import { readItems } from '../../client/pages.ts';
import type { Operation } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { actorOf } from '../output/outcome.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago, formatDuration } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

export async function run(session: Session, { args: [tenant = ''], options }: Invocation): Promise<number> {
  const client = await session.connect();
  const { items: operations, next_cursor } = await readItems(client.endpoint, options.limit ?? 50, async (page) => {
    const { data } = await client.listOperations(tenant, { ...page, signal: session.signal });
    return { items: data.operations, next: data.next_cursor };
  });
  await printResult(session, {
    data: { operations, next_cursor },
    rows: operations,
    columns: columnsAt(session.host.now()),
    nameOf: ({ operation_id }) => operation_id,
    nothing: `${tenant} has no operations.`,
  });
  return exitCodes.done;
}

function columnsAt(now: number): Column<Operation>[] {
  return [
    { title: 'OPERATION', value: ({ operation_id }) => operation_id },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'STATE', value: ({ state }) => (state === 'running' ? 'running…' : state), style: paint },
    { title: 'REV', value: ({ revision }) => String(revision ?? '') },
    { title: 'AGE', value: ({ requested_at }) => ago(requested_at, now) },
    {
      title: 'TOOK',
      value: ({ requested_at, ended_at }) =>
        ended_at ? formatDuration(Date.parse(ended_at) - Date.parse(requested_at)) : '',
      wide: true,
    },
    { title: 'FAILED ATTEMPTS', value: ({ attempts }) => String(attempts), wide: true },
    { title: 'BY', value: ({ actor }) => actorOf(actor), wide: true },
    {
      title: 'ERROR',
      value: ({ error, message, state }) => error?.message ?? (state === 'running' ? message : ''),
      elastic: true,
      wraps: true,
    },
  ];
}
