import type { Client } from '../../client/client.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import { type ChangeOptions, changeTenant } from '../changes/change-tenant.ts';
import { type PlannedSpec, planSpecs } from '../changes/plan-specs.ts';
import type { Invocation } from '../command.ts';
import { loadSpecs } from '../files/load-specs.ts';
import { conclude, describeOutcome, type TenantOutcome } from '../output/outcome.ts';
import { describePlan } from '../output/print-plan.ts';
import { printData } from '../output/print-result.ts';
import { reportImports } from '../output/report-import.ts';
import type { Session } from '../session.ts';
import { openProgress } from '../terminal/progress.ts';
import { wrapText } from '../terminal/wrap-words.ts';
import { run as plan } from './plan.ts';

const wording = { provision: 'is being provisioned', update: 'is being updated', none: 'is unchanged' } as const;

export async function run(session: Session, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  if (options.dryRun) return plan(session, invocation);
  const { terminal, signal } = session;
  const specs = await loadSpecs(options.file, session.host.stdin, options);
  reportImports(terminal, specs);
  const client = await session.connect();
  const planned = await planSpecs(client, specs, { concurrency: options.concurrency, signal });
  for (const { plan } of planned) {
    if (plan.action !== 'none') terminal.note(wrapText(describePlan(plan, wording), terminal.noteColumns, 4));
  }
  const outcomes = await applyAll(session, client, planned, invocation);
  if (options.output === 'name') for (const { tenant_id } of outcomes) terminal.print(tenant_id);
  else await printData(session, { tenants: outcomes });
  return conclude(terminal, outcomes);
}

async function applyAll(
  session: Session,
  client: Client,
  planned: readonly PlannedSpec[],
  { options }: Invocation,
): Promise<TenantOutcome[]> {
  const progress = await openProgress(session.terminal);
  const { wait = true, timeout, concurrency } = options;
  const change: ChangeOptions = { session, client, progress, wait, deadline: performance.now() + timeout };
  try {
    return await inParallel(planned, concurrency, (each) => applyOne(each, change));
  } finally {
    progress.close();
  }
}

/** Sends an update on condition that the tenant is still at the revision of the printed plan. */
async function applyOne({ spec, plan }: PlannedSpec, options: ChangeOptions): Promise<TenantOutcome> {
  const { tenant_id } = spec;
  if (plan.action === 'provision') {
    return changeTenant(
      { tenant: tenant_id, action: 'provision', send: (client, options) => client.provisionTenant(spec, options) },
      options,
    );
  }
  if (plan.action === 'update') {
    const ifMatch = plan.revision === null ? undefined : `"${plan.revision}"`;
    return changeTenant(
      {
        tenant: tenant_id,
        action: 'update',
        send: (client, options) => client.updateTenant(tenant_id, spec, { ...options, ifMatch }),
      },
      options,
    );
  }
  return applyUnchanged(tenant_id, options);
}

/** Waits for a running operation of a tenant that needs no change. */
async function applyUnchanged(tenant: string, options: ChangeOptions): Promise<TenantOutcome> {
  const { data } = await options.client.getTenant(tenant);
  const { operation_id, state, type } = data.last_operation;
  if (state === 'running' && options.wait) {
    const action = type === 'heal' ? 'update' : type;
    const answer = { status: 202, data: undefined, operationId: operation_id, headers: new Headers() };
    return changeTenant({ tenant, action, send: async () => answer }, options);
  }
  const outcome: TenantOutcome = {
    tenant_id: tenant,
    action: 'none',
    state: 'unchanged',
    endpoints: data.endpoints,
    revision: data.revision,
  };
  options.progress.end(tenant, describeOutcome(outcome));
  return outcome;
}
