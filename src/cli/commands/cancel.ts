import { changeTenant } from '../changes/change-tenant.ts';
import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { openProgress } from '../terminal/progress.ts';

export async function run(session: Session, { args: [tenant = ''], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const client = await session.connect();
  const { last_operation } = (await client.getTenant(tenant, { signal })).data;
  const { operation_id, type, state } = last_operation;
  if (options.operation !== undefined && options.operation.split('.')[0] !== tenant) {
    throw new CommandError(
      `${options.operation} is no operation of ${tenant}`,
      `berth get operations ${tenant} lists its operations.`,
    );
  }
  if (options.operation === undefined && state !== 'running') {
    throw new CommandError(
      `nothing is in progress for ${tenant}: its last operation, a ${type}, ${ended[state]}`,
      `To return to an earlier revision: berth rollback ${tenant}`,
    );
  }
  const progress = await openProgress(terminal);
  const { wait = true, timeout } = options;
  const outcome = await changeTenant(
    {
      tenant,
      action: 'cancel',
      send: (_, given) => client.cancelOperation(options.operation ?? operation_id, given),
    },
    { session, client, progress, wait, deadline: performance.now() + timeout },
  );
  progress.close();
  if (options.output === 'name') terminal.print(tenant);
  else await printData(session, { tenants: [outcome] });
  return conclude(terminal, [outcome]);
}

const ended = { running: 'is running', succeeded: 'succeeded', failed: 'failed', cancelled: 'was cancelled' } as const;
