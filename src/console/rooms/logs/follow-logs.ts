import { http, read } from '../../api/http.ts';
import { asRequestError, type RequestError } from '../../api/problem.ts';
import type { LogPage } from '../../api/types.ts';
import { connection } from '../../live/connection.ts';
import { pause } from '../../live/pause.ts';

/** Lines of each container to begin with. */
const TAIL = 300;

/** Milliseconds before the next request where the last one had no line. */
const PAUSE = { live: 1_000, polling: 3_000 } as const;

export interface LogListener {
  onLines(lines: LogPage['lines']): void;
  /** Why a request failed; undefined once the next one succeeds. */
  onError(error: RequestError | undefined): void;
}

/**
 * Reads the lines of a tenant until the signal ends it, and goes on after the cursor. A cursor holds over restarts of
 * containers and of the control plane, so a request that fails is sent again and no line is missed or repeated. Returns the
 * cursor, from which a later call goes on.
 */
export async function followLogs(
  { tenantId, from }: { tenantId: string; from: string | undefined },
  { onLines, onError }: LogListener,
  signal: AbortSignal,
): Promise<string | undefined> {
  let cursor = from;
  while (!signal.aborted) {
    let isIdle = true;
    try {
      const query = cursor === undefined ? { tail: TAIL } : { cursor };
      const params = { path: { tenant_id: tenantId }, query };
      const page = await read(http.GET('/v1/tenants/{tenant_id}/logs', { params, signal }));
      if (signal.aborted) break;
      onError(undefined);
      if (page.lines.length > 0) onLines(page.lines);
      isIdle = page.lines.length === 0 || page.next_cursor === null || page.next_cursor === cursor;
      cursor = page.next_cursor ?? cursor;
    } catch (error) {
      if (!signal.aborted) onError(asRequestError(error));
    }
    if (isIdle) await pause(PAUSE[connection.value === 'live' ? 'live' : 'polling'], signal);
  }
  return cursor;
}
