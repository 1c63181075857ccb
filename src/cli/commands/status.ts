import type { Client } from '../../client/client.ts';
import type { ComputeStatus } from '../../client/types.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import { toFailure } from '../changes/change-tenant.ts';
import { type Followed, followOperation } from '../changes/follow-operation.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { addressOf, conclude, describeOutcome, type TenantOutcome } from '../output/outcome.ts';
import { printData } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { paint } from '../terminal/paint.ts';
import { openProgress } from '../terminal/progress.ts';
import { toSafeLine, toSafeLines } from '../terminal/safe-text.ts';
import { bold, dim } from '../terminal/style.ts';
import { type Column, toTable } from '../terminal/table.ts';
import { wrapText } from '../terminal/wrap-words.ts';

type Container = ComputeStatus['containers'][number];

const columns: Column<Container>[] = [
  { title: 'CONTAINER', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state, style: paint },
  { title: 'READY', value: ({ ready }) => String(ready), style: paint },
  { title: 'RESTARTS', value: ({ restart_count }) => String(restart_count) },
  { title: 'MESSAGE', value: ({ message }) => message, elastic: true, wraps: true },
];

type Volume = NonNullable<ComputeStatus['volumes']>[number];

const volumeColumns: Column<Volume>[] = [
  { title: 'VOLUME', value: ({ name }) => name },
  { title: 'MOUNTED', value: ({ mounted }) => String(mounted) },
  { title: 'ON DESTROY', value: ({ retain }) => (retain ? 'kept' : 'deleted') },
];

export async function run(session: Session, { args, options }: Invocation): Promise<number> {
  const client = await session.connect();
  const tenants = [...new Set(args)];
  if (options.wait) {
    const code = await waitFor(session, client, tenants, options.timeout);
    if (code !== exitCodes.done) return code;
  }
  const { signal } = session;
  // A missing tenant is an error, reported after the status of all others.
  const statuses = await inParallel(tenants, 8, async (tenant) => {
    try {
      return (await client.getTenantStatus(tenant, { fresh: options.fresh || options.wait, signal })).data;
    } catch (error) {
      return { tenant, error };
    }
  });
  const found = statuses.filter((status): status is ComputeStatus => !('error' in status));
  const missing = statuses.find((status) => 'error' in status);
  if (options.output === 'name') for (const { tenant_id } of found) session.terminal.print(toSafeLine(tenant_id));
  else if (!(await printData(session, { tenants: found })) && found.length > 0) {
    session.terminal.print(found.map((status) => describeStatus(status, session.terminal.columns)).join('\n\n'));
  }
  if (missing && 'error' in missing) throw missing.error;
  return exitCodes.done;
}

/** Describes the state of a tenant, its addresses and its containers. */
export function describeStatus(status: ComputeStatus, width: number | undefined): string {
  const { tenant_id, provider_type, state, health, endpoints, containers, volumes = [], metadata } = status;
  const addresses = endpoints.map((endpoint) => `  ${addressOf(endpoint)}`);
  return [
    wrapText(
      `${bold(toSafeLine(tenant_id))}  ${paint(toSafeLine(state))}, ${paint(toSafeLine(health))}` +
        `  ${dim(`on ${toSafeLine(provider_type)}`)}`,
      width,
      2,
    ),
    ...addresses,
    ...describePending(metadata).map((line) => wrapText(line, width)),
    // An old failure does not matter for a healthy tenant.
    ...(metadata.failure && health !== 'healthy' ? [wrapText(indent(toSafeLines(metadata.failure)), width)] : []),
    ...(containers.length > 0 ? [indent(toTable(containers, columns, width && width - 2))] : []),
    ...(volumes.length > 0 ? [indent(toTable(volumes, volumeColumns, width && width - 2))] : []),
  ].join('\n');
}

/** Describes what a version on its way waits for: its containers, its last output, and the time that is left. */
function describePending({ pending_message, pending_until }: ComputeStatus['metadata']): string[] {
  if (pending_message === undefined) return [];
  const until = pending_until === undefined ? '' : ` until ${toSafeLine(pending_until)}, then the provider gives it up`;
  return [`  ${bold('A new version is on its way')}${until}`, indent(indent(toSafeLines(pending_message)))];
}

export function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

async function waitFor(session: Session, client: Client, tenants: readonly string[], timeout: number): Promise<number> {
  const progress = await openProgress(session.terminal);
  const deadline = performance.now() + timeout;
  const { signal } = session;
  try {
    const outcomes = await inParallel(tenants, tenants.length, async (tenant): Promise<TenantOutcome> => {
      const { data } = await client.getTenant(tenant, { signal });
      const { operation_id, type } = data.last_operation;
      const timeoutMs = Math.max(1, deadline - performance.now());
      const followed = await followOperation(client, operation_id, { tenant, progress, signal, timeoutMs });
      const outcome = toOutcome(followed, {
        tenant_id: tenant,
        action: type === 'heal' ? 'update' : type,
        operation_id,
      });
      if (outcome.state === 'succeeded') progress.tell(tenant, 'done');
      else progress.end(tenant, describeOutcome(outcome));
      return outcome;
    });
    return conclude(session.terminal, outcomes);
  } finally {
    progress.close();
  }
}

function toOutcome(
  followed: Followed,
  about: Pick<TenantOutcome, 'tenant_id' | 'action' | 'operation_id'>,
): TenantOutcome {
  if (followed.kind === 'lost') return { ...about, state: 'lost', error: toFailure(followed.error) };
  if (followed.kind !== 'ended') return { ...about, state: followed.kind };
  const { state, error } = followed.operation;
  return { ...about, state: state === 'succeeded' ? 'succeeded' : 'failed', ...(error && { error }) };
}
