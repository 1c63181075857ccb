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
  const { signal } = session;
  const client = await session.connect();
  const orphans: Orphan[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.listOrphans({ provider: options.provider, limit: 100, cursor, signal });
    orphans.push(...data.orphans);
    // A cursor that does not advance would repeat the page for ever.
    cursor = data.next_cursor === cursor ? undefined : (data.next_cursor ?? undefined);
  } while (cursor !== undefined);
  await printResult(session, {
    data: { orphans },
    rows: orphans,
    columns: columnsAt(Date.now()),
    nameOf: ({ tenant_id }) => tenant_id,
    nothing: 'There are no orphans: every tenant that a provider holds is on record.',
  });
  return exitCodes.done;
}
