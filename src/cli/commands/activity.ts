import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import { eachPage, readItems } from '../../client/pages.ts';
import type { ActivityFilters, OperationSummary } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { actorOf } from '../output/outcome.ts';
import { printResult, toJson } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { ago, formatDuration } from '../terminal/ago.ts';
import { paint } from '../terminal/paint.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { bold, dim } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';

/** Pause between reads of the latest operations. Milliseconds. */
const PAUSE_MS = 2000;
/** The most running operations that are followed. Older ones are no longer shown when they end. */
const MAX_FOLLOWED = 200;

export async function run(session: Session, { options }: Invocation): Promise<number> {
  const client = await session.connect();
  // The control plane validates both.
  const filters = { state: options.state, type: options.type } as ActivityFilters;
  if (options.watch) return watch(session, filters, options.limit ?? 20);
  const { items: operations, next_cursor } = await readItems(client.endpoint, options.limit ?? 50, async (page) => {
    const { data } = await client.listActivity({ ...filters, ...page, signal: session.signal });
    return { items: data.operations, next: data.next_cursor };
  });
  const isFiltered = options.state !== undefined || options.type !== undefined;
  await printResult(session, {
    data: { operations, next_cursor },
    rows: operations,
    columns: columnsAt(session.host.now()),
    nameOf: ({ operation_id }) => operation_id,
    nothing: isFiltered ? 'No operation matches.' : 'There are no operations yet.',
  });
  return exitCodes.done;
}

function columnsAt(now: number): Column<OperationSummary>[] {
  return [
    { title: 'AGE', value: ({ requested_at }) => ago(requested_at, now) },
    { title: 'TENANT', value: ({ tenant_id }) => tenant_id, elastic: true },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'STATE', value: stateOf, style: paint },
    { title: 'REV', value: ({ revision }) => String(revision ?? '') },
    { title: 'TOOK', value: durationOf },
    { title: 'BY', value: ({ actor }) => actorOf(actor), elastic: true },
    { title: 'COMMAND', value: ({ session }) => session?.command ?? '', wide: true },
    { title: 'OPERATION', value: ({ operation_id }) => operation_id, wide: true },
    { title: 'ERROR', value: ({ error }) => error?.message ?? '', elastic: true, wraps: true },
  ];
}

/** Prints the latest operations and then a line for each that begins or ends, until Ctrl-C. */
async function watch(session: Session, filters: ActivityFilters, limit: number): Promise<number> {
  const { terminal, signal, options } = session;
  terminal.note(dim(`Operations of ${(await session.endpoint()).url}. Press Ctrl-C to stop.`));
  try {
    for await (const operation of followActivity(await session.connect(), { ...filters, limit, signal })) {
      if (options.output === 'json') terminal.print(toJson(operation));
      else if (options.output === 'name') terminal.print(toSafeLine(operation.operation_id));
      else terminal.print(describeOperation(operation));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return exitCodes.done;
}

/**
 * Yields the latest `limit` operations, oldest first, and from then on each that begins or ends, without end. Throws what
 * the client throws, and the signal's reason.
 */
async function* followActivity(
  client: Client,
  { limit, signal, ...filters }: ActivityFilters & { limit: number; signal: AbortSignal },
): AsyncGenerator<OperationSummary> {
  const read = async (page: { limit: number; cursor: string | undefined }) => {
    const { data } = await client.listActivity({ ...filters, ...page, signal });
    return { items: data.operations, next: data.next_cursor };
  };
  const states = new Map<string, string>();
  let changed = [...(await readItems(client.endpoint, limit, read)).items].reverse();
  for (;;) {
    for (const operation of changed) {
      states.delete(operation.operation_id);
      states.set(operation.operation_id, operation.state);
      yield operation;
    }
    for (const id of [...states.keys()].slice(0, Math.max(0, states.size - MAX_FOLLOWED))) states.delete(id);
    await sleep(PAUSE_MS, undefined, { signal });
    changed = [];
    const listed = new Set<string>();
    for await (const page of eachPage(client.endpoint, (cursor) => read({ limit: 100, cursor }))) {
      const fresh = page.filter(({ operation_id, state }) => states.get(operation_id) !== state);
      changed.unshift(...fresh.toReversed());
      for (const { operation_id } of page) listed.add(operation_id);
      // The list is newest first: beyond an operation that was yielded nothing began.
      if (fresh.length < page.length) break;
    }
    for (const [id, state] of states) {
      if (state !== 'running' || listed.has(id)) continue;
      const { data } = await client.getOperation(id, { signal });
      if (data.state !== 'running') states.set(id, data.state);
      if (data.state !== 'running' && filters.state === undefined) changed.push(data);
    }
  }
}

function describeOperation(operation: OperationSummary): string {
  const { tenant_id, type, actor, requested_at, ended_at, error, session } = operation;
  const words = [durationOf(operation), `by ${actorOf(actor)}`, session?.command ?? '', error?.message ?? ''].filter(
    (word) => word !== '',
  );
  const what = `${toSafeLine(type)} ${paint(toSafeLine(stateOf(operation)))}`;
  const when = dim(toSafeLine(ended_at ?? requested_at));
  return `${when}  ${bold(toSafeLine(tenant_id))}  ${what}  ${toSafeLine(words.join('  '))}`;
}

function stateOf({ state }: OperationSummary): string {
  return state === 'running' ? 'running…' : state;
}

function durationOf({ requested_at, ended_at }: OperationSummary): string {
  return ended_at ? formatDuration(Date.parse(ended_at) - Date.parse(requested_at)) : '';
}
