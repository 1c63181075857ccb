import type { Client } from '../../client/client.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import type { CommandOptions, Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeLines } from '../logs/describe-line.ts';
import { type Line, readLines } from '../logs/read-lines.ts';
import { toJson } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** How many tenants are read at the same time. */
const CONCURRENCY = 8;
/** How many tenants may be followed: each is asked about once a second. */
const MOST_FOLLOWED = 50;

export async function run(session: Session, { args: [tenant], options }: Invocation): Promise<number> {
  const { selector, follow = false } = options;
  if ((tenant === undefined) === (selector === undefined)) {
    throw new UsageError('name one tenant, or select tenants by a label with -l KEY=VALUE');
  }
  const client = await session.connect();
  const tenants = tenant === undefined ? await select(client, selector ?? {}, session.signal) : [tenant];
  if (tenants.length === 0) session.terminal.note('No tenant matches.');
  if (follow && tenants.length > MOST_FOLLOWED) {
    throw new UsageError(
      `${tenants.length} tenants match, and ${MOST_FOLLOWED} can be followed at once; add a label to -l, or omit -f`,
    );
  }
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  const print = openPrinter(session, options, selector !== undefined);
  const printTenant = async (id: string) => {
    try {
      return await printLines(session, client, id, { options, signal, print });
    } catch (error) {
      // Others are printed although one is gone, or its provider keeps no logs.
      if (selector === undefined || !(error instanceof Error) || error.name !== 'ProblemError') throw error;
      session.terminal.note(`${id}: ${error.message}`);
      return exitCodes.failed;
    }
  };
  try {
    const codes = await inParallel(tenants, follow ? MOST_FOLLOWED : CONCURRENCY, printTenant);
    return codes.some((code) => code !== exitCodes.done) ? exitCodes.failed : exitCodes.done;
  } catch (error) {
    // Ctrl-C ends following.
    if (follow && session.signal.aborted) return exitCodes.done;
    throw error;
  } finally {
    stop.abort();
  }
}

async function select(client: Client, label: Record<string, string>, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  for await (const { tenant_id, phase } of client.tenants({ label, limit: 100, signal })) {
    if (phase !== 'destroyed') ids.push(tenant_id);
  }
  return ids;
}

type Print = (tenant: string, lines: readonly Line[]) => void;

function openPrinter({ terminal }: Session, options: CommandOptions, withTenant: boolean): Print {
  const { container, timestamps = false, output } = options;
  const describe = describeLines({ timestamps, withTenant, withContainer: container === undefined });
  const toText = (tenant: string, line: Line) =>
    output === 'json' ? toJson(withTenant ? { tenant_id: tenant, ...line } : line) : describe(tenant, line);
  return (tenant, lines) => {
    for (const line of lines) terminal.print(toText(tenant, line));
  };
}

/** Prints the lines of one tenant: its recent ones together, and then, with `--follow`, each page as it comes. */
async function printLines(
  { terminal, host }: Session,
  client: Client,
  tenant: string,
  { options, signal, print }: { options: CommandOptions; signal: AbortSignal; print: Print },
): Promise<number> {
  const { container, tail, maxAge, follow = false } = options;
  const oldest = maxAge === undefined ? undefined : host.now() - maxAge;
  for await (const { lines, read } of readLines(client, tenant, { container, tail, oldest, follow, signal })) {
    print(tenant, lines);
    if (follow || lines.length > 0) continue;
    terminal.note(read === 0 ? `${tenant} has no log lines yet.` : `${tenant} has no log lines of that time.`);
  }
  return exitCodes.done;
}
