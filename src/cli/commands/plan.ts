import { planSpecs } from '../changes/plan-specs.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { loadSpecs } from '../files/load-specs.ts';
import { describePlan, summarize } from '../output/print-plan.ts';
import { printData } from '../output/print-result.ts';
import { reportImports } from '../output/report-import.ts';
import type { Session } from '../session.ts';
import { wrapText } from '../terminal/wrap-words.ts';

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const specs = await loadSpecs(options.file, session.host.stdin, options);
  reportImports(terminal, specs);
  const plans = (await planSpecs(await session.connect(), specs, { concurrency: options.concurrency, signal })).map(
    ({ plan }) => plan,
  );
  const changing = plans.filter(({ action }) => action !== 'none');
  if (options.output === 'name') for (const { tenant_id } of changing) terminal.print(tenant_id);
  else if (!(await printData(session, { plans }))) {
    for (const plan of plans) terminal.print(wrapText(describePlan(plan), terminal.columns, 4));
    terminal.note(`\nPlan: ${summarize(plans)}.`);
    if (changing.length > 0) terminal.note('To make these changes: berth apply with the same files');
  }
  return changing.length > 0 ? exitCodes.changesPending : exitCodes.done;
}
