import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { columnsAt } from './get-tenants.ts';

export async function run(session: Session, { args: [id = ''] }: Invocation): Promise<number> {
  const client = await session.connect();
  const { data } = await client.getTenant(id, { signal: session.signal });
  const condition = data.conditions.find(({ type }) => type === 'Ready');
  const row = {
    ...data,
    ready: condition?.status ?? false,
    reason: condition?.reason ?? 'Unknown',
    labels: data.spec.labels ?? {},
    spec_hash: '',
  };
  await printResult(session, {
    data,
    rows: [row],
    columns: columnsAt(session.host.now()),
    nameOf: ({ tenant_id }) => tenant_id,
    nothing: '',
  });
  return exitCodes.done;
}
