import type { Client } from '../../client/client.ts';
import type { ComputeStatus, Condition, Operation, Revision, Tenant } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeOperation } from '../output/operation-text.ts';
import { actorOf } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago, formatDuration } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import { toSafeLine, toSafeLines } from '../terminal/safe-text.ts';
import { bold, dim, red } from '../terminal/style.ts';
import { type Column, toTable } from '../terminal/table.ts';
import { columnsAt as revisionColumns } from './history.ts';
import { describeStatus, indent } from './status.ts';

const RECENT = 5;

export async function run(session: Session, { args: [id = ''] }: Invocation): Promise<number> {
  const { terminal, signal, options, host } = session;
  const client = await session.connect();
  const [{ data: tenant }, { data: history }, observed] = await Promise.all([
    client.getTenant(id, { signal }),
    client.listRevisions(id, { limit: RECENT, signal }),
    observe(client, id, signal),
  ]);
  if (options.output === 'name') terminal.print(toSafeLine(tenant.tenant_id));
  else if (!(await printData(session, { tenant, status: toStatus(observed) ?? null, revisions: history.revisions }))) {
    terminal.print(describeTenant(tenant, observed, history.revisions, { now: host.now(), width: terminal.columns }));
  }
  return exitCodes.done;
}

/** Returns the observed status, or a sentence that says why it is unknown. */
async function observe(client: Client, id: string, signal: AbortSignal): Promise<ComputeStatus | string> {
  try {
    return (await client.getTenantStatus(id, { signal })).data;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ProblemError') throw error;
    const isGone = 'code' in error && error.code === 'tenant_not_found';
    return isGone ? 'The provider has no resources of this tenant.' : `The status is unknown: ${error.message}`;
  }
}

function describeTenant(
  tenant: Tenant,
  observed: ComputeStatus | string,
  revisions: readonly Revision[],
  { now, width }: { now: number; width: number | undefined },
): string {
  const { tenant_id, provider_type, phase, revision, serving_revision, conditions, last_operation, created_at } =
    tenant;
  const inner = width && width - 2;
  const serving =
    serving_revision === null
      ? 'nothing serves'
      : serving_revision === revision
        ? 'serving'
        : `revision ${serving_revision} serves`;
  const labels = Object.entries(tenant.spec.labels ?? {}).map((pair) => pair.join('='));
  const facts = [
    ['Provider', toSafeLine(provider_type)],
    ['Phase', paint(toSafeLine(phase))],
    ['Revision', toSafeLine(`${revision} (${serving})`)],
    ['Created', `${ago(created_at, now)} ago`],
    ...(labels.length > 0 ? [['Labels', toSafeLine(labels.join(', '))]] : []),
  ];
  return [
    bold(toSafeLine(tenant_id)),
    ...facts.map(([name, value]) => `  ${dim(`${name}:`.padEnd(10))} ${value}`),
    ...section('Why', explain(tenant, toStatus(observed))),
    ...section('Conditions', indent(toTable(conditions, conditionColumns(now), inner))),
    ...section('Last operation', indent(describeLast(last_operation, now))),
    ...section(
      'Observed',
      indent(typeof observed === 'string' ? toSafeLine(observed) : describeStatus(observed, inner)),
    ),
    ...section(
      'Recent revisions',
      indent(
        toTable(
          revisions,
          revisionColumns(now).filter(({ wide }) => !wide),
          inner,
        ),
      ),
    ),
  ].join('\n');
}

function toStatus(observed: ComputeStatus | string): ComputeStatus | undefined {
  return typeof observed === 'string' ? undefined : observed;
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : ['', bold(title), text];
}

function conditionColumns(now: number): Column<Condition>[] {
  return [
    { title: 'CONDITION', value: ({ type }) => type },
    { title: 'STATUS', value: ({ status }) => String(status) },
    { title: 'REASON', value: ({ reason }) => reason },
    { title: 'SINCE', value: ({ since }) => `${ago(since, now)} ago` },
    { title: 'MESSAGE', value: ({ message }) => message, elastic: true },
  ];
}

function describeLast(operation: Operation, now: number): string {
  const { operation_id, requested_at, ended_at, actor, retries, attempts } = operation;
  const by = toSafeLine(actorOf(actor));
  const took = ended_at ? `, took ${formatDuration(Date.parse(ended_at) - Date.parse(requested_at))}` : '';
  return [
    `${toSafeLine(describeOperation(operation))}  ${dim(`${ago(requested_at, now)} ago by ${by}${took}`)}`,
    dim(toSafeLine(operation_id)),
    ...describeAttempts(attempts, retries.at(-1)?.message),
  ].join('\n');
}

/** The error of an operation that failed at its first attempt is shown elsewhere. */
function describeAttempts(count: number, lastError: string | undefined): string[] {
  if (count === 0 || lastError === undefined) return [];
  const failed = count === 1 ? 'One attempt' : `${count} attempts`;
  return [`${failed} failed; last error: ${toSafeLine(lastError)}`];
}

/** Explains why a tenant is not ready and what to do next. Returns an empty text for a ready one. */
function explain(
  { tenant_id, phase, conditions, last_operation, serving_revision, revision }: Tenant,
  status: ComputeStatus | undefined,
): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const { error } = last_operation;
  if (phase === 'destroyed') return '  The tenant was destroyed. berth apply provisions it again.';
  if (ready?.status && !error) return '';
  const unready = (status?.containers ?? []).filter(({ message, ready: isReady }) => message && !isReady);
  const lines = [
    ...(error ? [red(toSafeLines(error.message)), toSafeLines(error.hint)] : ready ? [toSafeLines(ready.message)] : []),
    ...unready.map(({ name, message }) => toSafeLines(`container ${name}: ${message}`)),
    ...next({ tenant_id, last_operation, serving_revision, revision }),
  ];
  return indent(lines.filter(Boolean).join('\n'));
}

function next(tenant: Pick<Tenant, 'tenant_id' | 'last_operation' | 'serving_revision' | 'revision'>): string[] {
  const { last_operation, serving_revision, revision } = tenant;
  const tenant_id = toSafeLine(tenant.tenant_id);
  if (last_operation.state === 'running') return [dim(`berth status ${tenant_id} --wait    waits for the operation`)];
  const logs = dim(`berth logs ${tenant_id}    shows the logs`);
  const isBehind = serving_revision !== null && serving_revision !== revision;
  return isBehind
    ? [
        logs,
        dim(
          `berth rollback ${tenant_id} --to-revision ${toSafeLine(String(serving_revision))}` +
            '    returns to the serving revision',
        ),
      ]
    : [logs];
}
