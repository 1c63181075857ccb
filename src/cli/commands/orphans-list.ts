import { readItems } from '../../client/pages.ts';
import type { Orphan } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago } from '../terminal/ago.ts';
import type { Column } from '../terminal/table.ts';

const columnsAt = (now: number): Column<Orphan>[] => [
  { title: 'PROVIDER', value: ({ provider }) => provider },
  { title: 'TENANT', value: ({ tenant_id }) => tenant_id },
  { title: 'SEEN', value: ({ first_seen_at }) => `${ago(first_seen_at, now)} ago` },
  { title: 'REMOVED AT', value: ({ remove_at }) => remove_at ?? 'never by itself' },
  { title: 'HELD BACK', value: ({ held_back }) => held_back ?? '', elastic: true },
  { title: 'INSTALLATION', value: ({ installation }) => installation ?? 'none', wide: true },
];

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const client = await session.connect();
  const { items: orphans } = await readItems(client.endpoint, Number.POSITIVE_INFINITY, async (page) => {
    const { data } = await client.listOrphans({ ...page, provider: options.provider, signal: session.signal });
    return { items: data.orphans, next: data.next_cursor };
  });
  await printResult(session, {
    data: { orphans },
    rows: orphans,
    columns: columnsAt(session.host.now()),
    nameOf: ({ tenant_id }) => tenant_id,
    nothing: 'No inventory has found an orphan.',
  });
  return exitCodes.done;
}
