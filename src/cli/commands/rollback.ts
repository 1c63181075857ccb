import type { Client } from '../../client/client.ts';
import { eachPage } from '../../client/pages.ts';
import type { Revision, Tenant } from '../../client/types.ts';
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
  const { data, etag: ifMatch } = await client.getTenant(tenant, { signal });
  const { toRevision } = options;
  const found = await find(client, tenant, signal, ({ revision, outcome }) =>
    toRevision === undefined ? revision < data.revision && hasServed(outcome) : revision === toRevision,
  );
  const revision = toRevision ?? found?.revision;
  if (revision === undefined) throw nothingServed(data);
  // A revision that does not exist is refused by the control plane, which knows best.
  if (found) terminal.note(`Rolling ${tenant} back from revision ${data.revision} to revision ${revision}.`);
  const progress = await openProgress(terminal);
  const { wait = true, timeout } = options;
  const outcome = await changeTenant(
    {
      tenant,
      action: 'rollback',
      send: (_, options) => client.rollbackTenant(tenant, revision, { ...options, ifMatch }),
    },
    { session, client, progress, wait, deadline: performance.now() + timeout },
  );
  progress.close();
  if (options.output === 'name') terminal.print(tenant);
  else await printData(session, { tenants: [outcome] });
  return conclude(terminal, [outcome]);
}

function hasServed(outcome: Revision['outcome']): boolean {
  return outcome === 'serving' || outcome === 'served';
}

/** Returns the newest revision that matches. */
async function find(
  client: Client,
  tenant: string,
  signal: AbortSignal,
  matches: (revision: Revision) => boolean,
): Promise<Revision | undefined> {
  const pages = eachPage(client.endpoint, async (cursor) => {
    const { data } = await client.listRevisions(tenant, { limit: 100, cursor, signal });
    return { items: data.revisions, next: data.next_cursor };
  });
  for await (const revisions of pages) {
    const found = revisions.find(matches);
    if (found) return found;
  }
  return undefined;
}

function nothingServed({ tenant_id, revision }: Tenant): CommandError {
  return new CommandError(
    `no revision of ${tenant_id} before revision ${revision} served, so there is none to return to`,
    `berth history ${tenant_id} lists the revisions, and --to-revision names one.`,
  );
}
