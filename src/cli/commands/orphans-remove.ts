import type { Client } from '../../client/client.ts';
import { changeTenant, toFailure } from '../changes/change-tenant.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { askYesOrNo } from '../terminal/ask.ts';
import { openProgress } from '../terminal/progress.ts';
import { toSafeLine } from '../terminal/safe-text.ts';

export async function run(session: Session, { args, options }: Invocation): Promise<number> {
  const [provider = '', tenant = ''] = args;
  const { terminal } = session;
  const { url } = await session.endpoint();
  const client = await session.connect();
  const shown = toSafeLine(`${tenant} on ${provider}`);
  terminal.note(toSafeLine(await describeContainers(session, client, { provider, tenant })));
  if (!options.yes && !(await askYesOrNo(session, `Remove the orphan ${shown} at ${url}?`))) {
    terminal.note('Cancelled; nothing was removed.');
    return exitCodes.failed;
  }
  const progress = await openProgress(terminal);
  const { wait = true, timeout } = options;
  const change = { session, client, progress, wait, deadline: performance.now() + timeout };
  const send = (_: unknown, call: { signal: AbortSignal }) => client.removeOrphan(provider, tenant, call);
  const outcome = await changeTenant({ tenant, action: 'destroy', send }, change);
  progress.close();
  await printData(session, { tenants: [outcome] });
  return conclude(terminal, [outcome]);
}

/** Returns a sentence about what would be removed, or about why that cannot be seen. */
async function describeContainers(
  session: Session,
  client: Client,
  { provider, tenant }: { provider: string; tenant: string },
): Promise<string> {
  try {
    const { data } = await client.getTenantStatus(tenant, { provider, signal: session.signal });
    const containers = data.containers.map(({ name, state }) => `${name} (${state})`).join(', ');
    return containers ? `Containers of ${tenant}: ${containers}` : `${tenant} shows no containers.`;
  } catch (error) {
    if (session.signal.aborted) throw error;
    return `The containers of ${tenant} cannot be read: ${toFailure(error).message}`;
  }
}
