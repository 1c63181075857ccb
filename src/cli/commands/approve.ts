import { changeTenant } from '../changes/change-tenant.ts';
import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { openProgress } from '../terminal/progress.ts';

export async function run(session: Session, { args: [given = ''], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const client = await session.connect();
  // An id of a tenant has no dot.
  const [tenant = ''] = given.split('.');
  const operation = given.includes('.') ? given : await waitingOperation();
  const progress = await openProgress(terminal);
  const { wait = true, timeout } = options;
  const outcome = await changeTenant(
    { tenant, action: 'approve', send: (_, call) => client.approveOperation(operation, call) },
    { session, client, progress, wait, deadline: performance.now() + timeout },
  );
  progress.close();
  if (options.output === 'name') terminal.print(tenant);
  else await printData(session, { tenants: [outcome] });
  return conclude(terminal, [outcome]);

  async function waitingOperation(): Promise<string> {
    const { last_operation: last } = (await client.getTenant(tenant, { signal })).data;
    if (last.state === 'running') return last.operation_id;
    throw new CommandError(
      `nothing of ${tenant} waits for approval: its last operation, a ${last.type}, is not in progress`,
      `To see how it is: berth describe ${tenant}`,
    );
  }
}
