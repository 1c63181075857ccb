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
import { wrapText } from '../terminal/wrap-words.ts';
import { columnsAt as revisionColumns } from './history.ts';
import { describeStatus, indent } from './status.ts';

const RECENT = 5;
/** Where the values of facts begin, behind the indent of their lines. */
const FACT_INDENT = 11;

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
  const { tenant_id, provider_type, phase, revision, serving_revision, conditions, created_at } = tenant;
  const inner = width && width - 2;
  const serving =
    serving_revision === null
      ? 'nothing serves'
      : serving_revision === revision
        ? 'serving'
        : `revision ${serving_revision} serves`;
  const health = describeHealth(tenant, now);
  const labels = Object.entries(tenant.spec.labels ?? {}).map((pair) => pair.join('='));
  const facts = [
    ['Provider', toSafeLine(provider_type)],
    ['Phase', paint(toSafeLine(phase))],
    ['Health', health],
    ['Revision', toSafeLine(`${revision} (${serving})`)],
    ['Created', `${ago(created_at, now)} ago`],
    ...(labels.length > 0 ? [['Labels', toSafeLine(labels.join(', '))]] : []),
  ];
  return [
    bold(toSafeLine(tenant_id)),
    ...facts.map(([name, value]) => wrapText(`  ${dim(`${name}:`.padEnd(10))} ${value}`, width, FACT_INDENT)),
    ...section('Why', wrapText(explain(tenant, toStatus(observed)), width, 2)),
    ...section('Conditions', indent(toTable(conditions, conditionColumns(now), inner))),
    ...section('Last operation', wrapText(indent(describeLast(tenant, now)), width, 2)),
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

/** Tells the health as it was last observed, how long ago that was, and the restarts. */
function describeHealth({ health, observed_at, restart_count }: Tenant, now: number): string {
  const when = observed_at ? `observed ${ago(observed_at, now)} ago` : 'not observed yet';
  const restarts = restart_count > 0 ? `, restarts: ${toSafeLine(String(restart_count))}` : '';
  return `${paint(toSafeLine(health))}  ${dim(`${when}${restarts}`)}`;
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
    { title: 'MESSAGE', value: ({ message }) => message, elastic: true, wraps: true },
  ];
}

function describeLast(tenant: Tenant, now: number): string {
  const { last_operation: operation } = tenant;
  const { operation_id, requested_at, ended_at, actor, retries, attempts } = operation;
  const by = toSafeLine(actorOf(actor));
  const took = ended_at ? `, took ${formatDuration(Date.parse(ended_at) - Date.parse(requested_at))}` : '';
  return [
    `${toSafeLine(describeOperation(operation))}  ${dim(`${ago(requested_at, now)} ago by ${by}${took}`)}`,
    dim(toSafeLine(operation_id)),
    ...describeAttempts(attempts, retries.at(-1)?.message),
    ...describeDeadline(operation, now),
    ...(operation.state === 'running' ? next(tenant) : []),
  ].join('\n');
}

/** Says how much time a running operation has left. */
function describeDeadline({ state, deadline_at }: Operation, now: number): string[] {
  if (state !== 'running' || deadline_at === undefined) return [];
  const left = Date.parse(deadline_at) - now;
  return [dim(left > 0 ? `fails unless it is done within ${formatDuration(left)}` : 'fails at its next try')];
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
  const degraded = conditions.find(({ type, status: isTrue }) => type === 'Degraded' && isTrue);
  if (ready?.status && !error && !degraded) return '';
  const unready = (status?.containers ?? []).filter(({ message, ready: isReady }) => message && !isReady);
  const isHealth = degraded !== undefined && HEALTH_REASONS.has(degraded.reason);
  const lines = [
    ...(isHealth ? [red(explainHealth(degraded.reason, degraded.message))] : []),
    ...(error
      ? [red(toSafeLines(error.message)), toSafeLines(error.hint)]
      : ready && !isHealth
        ? [toSafeLines(ready.message)]
        : []),
    ...unready.map(({ name, message }) => toSafeLines(`container ${name}: ${message}`)),
    ...(last_operation.state === 'running' ? [] : next({ tenant_id, last_operation, serving_revision, revision })),
  ];
  return indent(lines.filter(Boolean).join('\n'));
}

/** What each reason of condition Degraded that comes from observation means, and what happens by itself. */
const troubles = {
  CrashLoop: 'Its containers end again and again; they are restarted by themselves.',
  Unhealthy: 'It does not run as it should.',
  Missing: 'Its provider holds nothing of it. Berth brings it back by itself.',
  Unreachable: 'Its provider could not be asked, so its health is not known.',
} as const;
const HEALTH_REASONS: ReadonlySet<string> = new Set(Object.keys(troubles));

function explainHealth(reason: string, message: string): string {
  const meaning = Object.entries(troubles).find(([name]) => name === reason)?.[1] ?? '';
  return toSafeLines(`${meaning} ${message}`.trim());
}

/** Returns true for an operation whose version waits for approval. */
function isHeld({ gate, approvals = [] }: Operation): boolean {
  return gate !== undefined && !approvals.some((approval) => approval.gate === gate.id);
}

function next(tenant: Pick<Tenant, 'tenant_id' | 'last_operation' | 'serving_revision' | 'revision'>): string[] {
  const { last_operation, serving_revision, revision } = tenant;
  const tenant_id = toSafeLine(tenant.tenant_id);
  if (last_operation.state === 'running') {
    const mayCancel = serving_revision !== null && serving_revision !== revision && last_operation.type !== 'destroy';
    return [
      dim(`berth status ${tenant_id} --wait    waits for the operation`),
      ...(isHeld(last_operation) ? [dim(`berth approve ${tenant_id}    lets the new version take over`)] : []),
      ...(mayCancel ? [dim(`berth cancel ${tenant_id}    returns to the serving revision`)] : []),
    ];
  }
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
