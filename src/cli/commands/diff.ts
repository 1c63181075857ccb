import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeDiff } from '../output/print-plan.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export async function run(session: Session, { args: [tenant = '', from, to], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const revisions = { from: readRevision(from), to: readRevision(to) };
  const client = await session.connect();
  const { data } = await client.diffRevisions(tenant, { ...revisions, signal });
  if (options.output === 'name') for (const { pointer } of data.changes) terminal.print(pointer);
  else if (!(await printData(session, data))) terminal.print(describeDiff(data));
  return exitCodes.done;
}

function readRevision(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`a revision is a whole number from 1, not '${text}'`);
}
