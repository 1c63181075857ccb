import type { Client } from '../../client/client.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import type { Invocation } from '../command.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { openProgress } from '../terminal/progress.ts';
import { changeTenant } from './change-tenant.ts';

/** The changes of tenants that change no specification, and how each is requested. */
const requests = {
  stop: (client: Client) => client.stopTenant,
  start: (client: Client) => client.startTenant,
  restart: (client: Client) => client.restartTenant,
};

/** Stops, starts or restarts tenants and, with `wait`, follows each operation to its end. Returns the exit code. */
export async function controlTenants(
  session: Session,
  action: keyof typeof requests,
  { args, options }: Invocation,
): Promise<number> {
  const { terminal } = session;
  const tenants = [...new Set(args)];
  const client = await session.connect();
  const request = requests[action](client);
  const progress = await openProgress(terminal);
  const { wait = true, timeout, concurrency } = options;
  const change = { session, client, progress, wait, deadline: performance.now() + timeout };
  const outcomes = await inParallel(tenants, concurrency, (tenant) =>
    changeTenant({ tenant, action, send: (_, options) => request(tenant, options) }, change),
  );
  progress.close();
  if (options.output === 'name') for (const { tenant_id } of outcomes) terminal.print(tenant_id);
  else await printData(session, { tenants: outcomes });
  return conclude(terminal, outcomes);
}
