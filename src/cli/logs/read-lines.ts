import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../client/client.ts';
import type { LogPage } from '../../client/types.ts';

export type Line = LogPage['lines'][number];

export interface ReadOptions {
  container?: string | undefined;
  tail: number;
  /** Leaves out lines with an older time. Epoch milliseconds. */
  oldest: number | undefined;
  follow: boolean;
  signal: AbortSignal;
}

/** Pause between requests when there are no new lines. Milliseconds. */
const PAUSE_MS = 1000;
/** How many requests in a row, each with its retries, may find no control plane. */
const MAX_ABSENCES = 10;
/** The most lines that Berth returns at once. */
const MOST_LINES = 1000;

/** Reads the lines of a tenant page by page; `read` counts those that `oldest` leaves out, too. Following has no end. */
export async function* readLines(
  client: Client,
  tenant: string,
  { container, tail, oldest, follow, signal }: ReadOptions,
): AsyncGenerator<{ lines: Line[]; read: number }> {
  let cursor: string | undefined;
  let absences = 0;
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
    if (data) yield { lines: data.lines.filter((line) => !isOlder(line, oldest)), read: data.lines.length };
    if (!follow) return;
    const isStuck = !data || data.next_cursor === null || data.next_cursor === cursor;
    cursor = data?.next_cursor ?? cursor;
    if (isStuck || data.lines.length === 0) await sleep(PAUSE_MS, undefined, { signal });
  }
}

/** Returns false for lines without a time: nothing says that they are old. */
function isOlder({ time }: Line, oldest: number | undefined): boolean {
  return oldest !== undefined && time !== undefined && Date.parse(time) < oldest;
}
