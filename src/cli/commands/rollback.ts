import type { Tenant } from '../../client/types.ts';
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
  const revision = options.toRevision ?? earlier(data);
  if (revision < 1) {
    throw new CommandError(
      `${tenant} has only one revision, so there is none to return to`,
      `berth history ${tenant} lists the revisions.`,
    );
  }
  terminal.note(`Rolling ${tenant} back from revision ${data.revision} to revision ${revision}.`);
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

/** Returns the serving revision if it is not the desired one, else the previous revision. */
function earlier({ revision, serving_revision: serving }: Tenant): number {
  return serving !== null && serving < revision ? serving : revision - 1;
}
