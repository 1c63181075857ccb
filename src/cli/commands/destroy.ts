import { inParallel } from '../../compute/in-parallel.ts';
import { changeTenant } from '../changes/change-tenant.ts';
import { volumesAtStake } from '../changes/volumes-at-stake.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { askYesOrNo } from '../terminal/ask.ts';
import { openProgress } from '../terminal/progress.ts';
import { toSafeLine } from '../terminal/safe-text.ts';

export async function run(session: Session, { args, options }: Invocation): Promise<number> {
  const { terminal } = session;
  const tenants = [...new Set(args)];
  const { url } = await session.endpoint();
  const client = await session.connect();
  if (!options.yes) {
    const volumes = session.host.stdin.isTTY ? await volumesAtStake(client, tenants, session.signal) : [];
    for (const line of volumes) terminal.note(line);
    if (!(await askYesOrNo(session, `Destroy ${toSafeLine(tenants.join(', '))} at ${url}?`))) {
      terminal.note('Cancelled; nothing was destroyed.');
      return exitCodes.failed;
    }
  }
  const progress = await openProgress(terminal);
  const { wait = true, timeout, concurrency } = options;
  const change = { session, client, progress, wait, deadline: performance.now() + timeout };
  const outcomes = await inParallel(tenants, concurrency, (tenant) =>
    changeTenant({ tenant, action: 'destroy', send: (_, options) => client.destroyTenant(tenant, options) }, change),
  );
  progress.close();
  if (options.output === 'name') for (const { tenant_id } of outcomes) terminal.print(tenant_id);
  else await printData(session, { tenants: outcomes });
  return conclude(terminal, outcomes);
}
