import { checkEach } from '../changes/plan-specs.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { loadSpecs } from '../files/load-specs.ts';
import { printData } from '../output/print-result.ts';
import { reportImports } from '../output/report-import.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim, green, yellow } from '../terminal/style.ts';

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const specs = await loadSpecs(options.file, session.host.stdin, options);
  reportImports(terminal, specs);
  const client = await session.connect();
  const results = await checkEach(specs, options.concurrency, async ({ spec, document }) => {
    const { data } = await client.validateTenantSpec(spec, { signal });
    return { tenant_id: spec.tenant_id, file: document.source.name, ...data };
  });
  if (options.output === 'name') for (const { tenant_id } of results) terminal.print(tenant_id);
  else if (!(await printData(session, { results }))) {
    for (const { tenant_id, file, warnings } of results) {
      terminal.print(`${green('✓')} ${bold(tenant_id)}  valid  ${dim(toSafeLine(file))}`);
      for (const warning of warnings) terminal.print(`    ${yellow('!')} ${toSafeLine(warning)}`);
    }
  }
  return exitCodes.done;
}
