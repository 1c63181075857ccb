import {
  firstWithin,
  fitText,
  hiddenInLogs,
  type LogLine,
  type LogPage,
  type LogQuery,
  lastWithin,
  readCursor,
  redactor,
  shareOf,
  type TenantComputeSpec,
  writeCursor,
} from 'berth/provider';
import * as z from 'zod';

/** The number of lines before the next page. A cursor is opaque to callers, and holds nothing secret. */
const Cursor = z.strictObject({ line: z.int().min(0) });

/** Returns a page of a log: the newest lines, or those after a cursor. Values of env and secrets are hidden. */
export function toLogPage(log: readonly LogLine[], specs: readonly TenantComputeSpec[], query: LogQuery): LogPage {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).line;
  const envs = specs.flatMap(({ containers }) => containers.map(({ env }) => env));
  const hide = redactor(envs.flatMap((env) => hiddenInLogs(env)));
  const lines = log
    .map(({ container, text }, index) => ({ container, text: fitText(hide(text)), end: index + 1 }))
    .filter(({ container, end }) => end > (after ?? 0) && (query.container ?? container) === container);
  const share = shareOf(query, 1);
  const chosen = after === undefined ? lastWithin(lines, share) : firstWithin(lines, share);
  const line = chosen.at(-1)?.end ?? after ?? log.length;
  return { lines: chosen.map(({ end: _, ...each }) => each), next_cursor: writeCursor({ line }) };
}
