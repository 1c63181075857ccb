import * as z from 'zod';
import {
  firstWithin,
  fitText,
  lastWithin,
  newestOfEach,
  readCursor,
  type Share,
  shareOf,
  writeCursor,
} from '../../../compute/log-page.ts';
import type { LogQuery } from '../../../compute/provider.ts';
import type { LogLine, LogPage } from '../../../compute/results.ts';
import { redactor } from '../../../compute/spec/redact.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineState, OwnedContainer } from '../records/engine-state.ts';
import { hiddenValues } from './last-output.ts';
import { parseLog, toTime } from './log-frames.ts';

/**
 * The position in each instance's log: the time of the last line that was read, in nanoseconds since 1970, and how many
 * lines with that same time were read. Podman 4 rounds times to seconds, so many lines can share one.
 */
const Cursor = z.strictObject({
  docker: z.record(z.string(), z.tuple([z.string().regex(/^\d{1,19}$/), z.int().min(0)])),
});

interface LogPosition {
  at: bigint;
  count: number;
}

interface PositionedLine extends LogLine, LogPosition {}

/** Returns a page of the logs of a tenant's containers. During a rollout these are the containers of both versions. */
export async function readLogPage(engine: Engine, { containers }: EngineState, query: LogQuery): Promise<LogPage> {
  const positions = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).docker;
  const own = containers.filter(
    ({ role, instance }) =>
      role === 'tenant' && (query.container === undefined || instance.container === query.container),
  );
  const share = shareOf(query, own.length);
  const logs = await Promise.all(
    own.map(async (one) => {
      const key = `${one.instance.container}.${one.instance.number}`;
      const [at, count] = positions?.[key] ?? ['0', 0];
      const start = { at: BigInt(at), count };
      const lines = positions ? await linesAfter(engine, one, start, share) : await lastLines(engine, one, share);
      return { key, lines, end: lines.at(-1) ?? start };
    }),
  );
  const lines = logs.flatMap((log) => log.lines).sort((one, other) => Number(one.at - other.at));
  const shown = positions ? lines : newestOfEach(lines, share.lines);
  return {
    lines: shown.map(({ container, time, text }) => ({ container, time, text })),
    next_cursor: writeCursor({
      docker: Object.fromEntries(logs.map(({ key, end }) => [key, [String(end.at), end.count]])),
    }),
  };
}

/** Returns the lines after a position. The request is bounded by the rotation of the log. */
async function linesAfter(
  engine: Engine,
  one: OwnedContainer,
  start: LogPosition,
  share: Share,
): Promise<PositionedLine[]> {
  // Engines handle fractions of a second differently. A whole second repeats some lines, which are filtered out.
  const lines = await read(engine, one, { since: String(start.at / 1_000_000_000n) });
  return firstWithin(
    lines.filter(({ at, count }) => at > start.at || (at === start.at && count > start.count)),
    share,
  );
}

async function lastLines(engine: Engine, one: OwnedContainer, share: Share): Promise<PositionedLine[]> {
  // At least one line, because the next page starts after it.
  const count = Math.max(share.lines, 1);
  const most = { ...share, lines: count };
  const lines = await read(engine, one, { tail: count });
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last || lines.length < count || first.at !== last.at) return lastWithin(lines, most);
  // If all lines share one time, earlier lines may share it too: their count is needed for the position.
  const all = await read(engine, one, { since: String(last.at / 1_000_000_000n) });
  return lastWithin(
    all.filter(({ at }) => at === last.at),
    most,
  );
}

/** Reads lines, each with its position: `count` numbers the lines that share one time. */
async function read(
  engine: Engine,
  { id, instance: { container } }: OwnedContainer,
  which: { tail: number } | { since: string },
): Promise<PositionedLine[]> {
  const [inspected, log] = await Promise.all([engine.inspectContainer(id), engine.readLogs(id, which)]);
  if (!inspected || !log) return []; // removed since it was listed
  const hide = redactor(await hiddenValues(engine, inspected));
  const seen = new Map<bigint, number>();
  return parseLog(log).map(({ at, text }) => {
    const count = (seen.get(at) ?? 0) + 1;
    seen.set(at, count);
    return { container, time: toTime(at), text: fitText(hide(text)), at, count };
  });
}
