import type { RolloutPlan } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../output/print-result.ts';
import { readRequest } from '../rollouts/read-request.ts';
import type { Session } from '../session.ts';
import { formatDuration } from '../terminal/ago.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim, red, yellow } from '../terminal/style.ts';

export async function run(session: Session, { args: [rolloutId], options }: Invocation): Promise<number> {
  const { terminal, signal, host } = session;
  const request = await readRequest(rolloutId, options, host.stdin);
  const client = await session.connect();
  const { data: plan } = await client.planRollout(request, { signal });
  const isData = await printData(session, plan);
  if (!isData) terminal.print(options.output === 'name' ? plan.token : describePlan(plan));
  if (plan.refused.length > 0) return exitCodes.failed;
  return plan.changes.length > 0 ? exitCodes.changesPending : exitCodes.done;
}

function describePlan(plan: RolloutPlan): string {
  const { tenants, unchanged, waves, changes, refused, warnings, token, at_best_seconds } = plan;
  return [
    bold(`${count(tenants)}, ${unchanged} unchanged, at best ${formatDuration(at_best_seconds * 1000)}`),
    `Waves: ${waves.map(({ name, tenants: size }) => `${name} ${size}`).join(', ')}`,
    ...changes.map(({ pointer, effect, tenants: those }) => {
      const note = effect === 'replace' ? yellow('replaces containers') : 'in place';
      return `  ${toSafeLine(pointer)}  ${count(those)}, ${note}`;
    }),
    ...refused.map(({ tenant_id, detail }) => `  ${red('refused')} ${toSafeLine(tenant_id)}: ${toSafeLine(detail)}`),
    ...warnings.map((warning) => `  ${yellow('warning')} ${toSafeLine(warning)}`),
    dim(`To start exactly this, add --token ${token}`),
  ].join('\n');
}

function count(tenants: number): string {
  return `${tenants} ${tenants === 1 ? 'tenant' : 'tenants'}`;
}
