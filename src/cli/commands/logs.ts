import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPage } from '../../client/types.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { toJson } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { cyan, dim, green, yellow } from '../terminal/style.ts';

/** Pause between requests when there are no new lines. Milliseconds. */
const PAUSE_MS = 1000;
/** How many requests in a row, each with its retries, may find no control plane. */
const MAX_ABSENCES = 10;
/** The most lines that Berth returns at once. */
const MOST_LINES = 1000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the tenant's own colours are removed instead of escaped.
const COLOURS = /\u001b\[[0-9;]*m/g;
const colours = [cyan, green, yellow];

export async function run(session: Session, { args: [tenant = ''], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const { container, tail, follow, maxAge, timestamps = false } = options;
  const oldest = maxAge === undefined ? undefined : session.host.now() - maxAge;
  const client = await session.connect();
  const colourOf = assignColours();
  let cursor: string | undefined;
  let absences = 0;
  try {
    for (;;) {
      const { data } = await client
        .getTenantLogs(tenant, {
          container,
          ...(cursor === undefined ? { tail: oldest === undefined ? tail : MOST_LINES } : { cursor }),
          signal,
        })
        .catch((error: Error) => {
          // A control plane that restarts comes back, and the cursor holds.
          if (cursor === undefined || error.name !== 'UnreachableError' || absences >= MAX_ABSENCES) throw error;
          return { data: undefined };
        });
      absences = data ? 0 : absences + 1;
      if (!data) {
        await sleep(PAUSE_MS, undefined, { signal });
        continue;
      }
      const lines = data.lines.filter((line) => !isOlder(line, oldest));
      for (const line of lines) {
        const shown = () => describeLine(line, container === undefined, colourOf);
        const time = timestamps ? `${dim(toSafeLine(line.time ?? '-'))} ` : '';
        terminal.print(options.output === 'json' ? toJson(line) : time + shown());
      }
      const isStuck = data.next_cursor === null || data.next_cursor === cursor;
      cursor = data.next_cursor ?? cursor;
      if (!follow) {
        if (data.lines.length === 0) terminal.note(`${tenant} has no log lines yet.`);
        else if (lines.length === 0) terminal.note(`${tenant} has no log lines of that time.`);
        return exitCodes.done;
      }
      if (data.lines.length === 0 || isStuck) await sleep(PAUSE_MS, undefined, { signal });
    }
  } catch (error) {
    // Ctrl-C ends following.
    if (follow && signal.aborted) return exitCodes.done;
    throw error;
  }
}

type Line = LogPage['lines'][number];

/** Returns false for lines without a time: nothing says that they are old. */
function isOlder({ time }: Line, oldest: number | undefined): boolean {
  return oldest !== undefined && time !== undefined && Date.parse(time) < oldest;
}

function describeLine(
  { container, text }: Line,
  withName: boolean,
  colourOf: (name: string) => (text: string) => string,
): string {
  const shown = text.replace(COLOURS, '').split('\t').map(toSafeLine).join('\t');
  return withName ? `${colourOf(container)(`${toSafeLine(container)} |`)} ${shown}` : shown;
}

function assignColours() {
  const names: string[] = [];
  return (name: string) => {
    if (!names.includes(name)) names.push(name);
    return colours[names.indexOf(name) % colours.length] ?? cyan;
  };
}
