import { changeTenant } from '../changes/change-tenant.ts';
import type { Invocation } from '../command.ts';
import { loadSpecs } from '../files/load-specs.ts';
import { conclude } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { openProgress } from '../terminal/progress.ts';
import { UsageError } from '../usage-error.ts';

export async function run(session: Session, { args, options }: Invocation): Promise<number> {
  const [provider = '', tenant = ''] = args;
  const specs = await loadSpecs(options.file, session.host.stdin, options);
  const found = specs.find(({ spec }) => spec.tenant_id === tenant);
  if (!found) throw new UsageError(`the files describe no tenant ${tenant}. Pass its specification with -f`);
  const client = await session.connect();
  const progress = await openProgress(session.terminal);
  const { wait = true, timeout } = options;
  const change = { session, client, progress, wait, deadline: performance.now() + timeout };
  const outcome = await changeTenant(
    { tenant, action: 'provision', send: (_, call) => client.adoptOrphan(provider, tenant, found.spec, call) },
    change,
  );
  progress.close();
  await printData(session, { tenants: [outcome] });
  return conclude(session.terminal, [outcome]);
}
