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
import { hiddenOf } from '../excerpt.ts';
import type { OwnedContainer, EngineState } from '../rollout/engine-state.ts';
import { parseLog, toTime } from './log-frames.ts';

/**
 * By instance, the time of the last line that was read, and how many lines of that very time were: Podman 4 tells whole
 * seconds. Times (nanoseconds since 1970) outlive engine and container.
 */
const Cursor = z.strictObject({
  docker: z.record(z.string(), z.tuple([z.string().regex(/^\d{1,19}$/), z.int().min(0)])),
});

interface LogPosition {
  at: bigint;
  count: number;
}

interface PlacedLine extends LogLine, LogPosition {}

/** A page of what a tenant's containers wrote: while a rollout is under way, those of both versions. */
export async function readLogPage(engine: Engine, { containers }: EngineState, query: LogQuery): Promise<LogPage> {
  const places = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).docker;
  const own = containers.filter(
    ({ role, instance }) =>
      role === 'tenant' && (query.container === undefined || instance.container === query.container),
  );
  const share = shareOf(query, own.length);
  const logs = await Promise.all(
    own.map(async (one) => {
      const key = `${one.instance.container}.${one.instance.number}`;
      const [at, count] = places?.[key] ?? ['0', 0];
      const start = { at: BigInt(at), count };
      const lines = places ? await linesAfter(engine, one, start, share) : await lastLines(engine, one, share);
      return { key, lines, end: lines.at(-1) ?? start };
    }),
  );
  const lines = logs.flatMap((log) => log.lines).sort((one, other) => Number(one.at - other.at));
  const shown = places ? lines : newestOfEach(lines, share.lines);
  return {
    lines: shown.map(({ container, time, text }) => ({ container, time, text })),
    next_cursor: writeCursor({
      docker: Object.fromEntries(logs.map(({ key, end }) => [key, [String(end.at), end.count]])),
    }),
  };
}

/** The next lines of one container. What the engine keeps of a log bounds what it is asked for. */
async function linesAfter(engine: Engine, one: OwnedContainer, start: LogPosition, share: Share): Promise<PlacedLine[]> {
  // Engines differ in what they make of parts of a second: asked for whole ones, they give some lines again.
  const lines = await read(engine, one, { since: String(start.at / 1_000_000_000n) });
  return firstWithin(
    lines.filter(({ at, count }) => at > start.at || (at === start.at && count > start.count)),
    share,
  );
}

async function lastLines(engine: Engine, one: OwnedContainer, share: Share): Promise<PlacedLine[]> {
  // One at least, to know where the next page begins.
  const count = Math.max(share.lines, 1);
  const most = { ...share, lines: count };
  const lines = await read(engine, one, { tail: count });
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last || lines.length < count || first.at !== last.at) return lastWithin(lines, most);
  // Where all are of one time, there may be more of that time before them.
  const all = await read(engine, one, { since: String(last.at / 1_000_000_000n) });
  return lastWithin(
    all.filter(({ at }) => at === last.at),
    most,
  );
}

/** Lines as the engine gives them, each with how many of its time there were up to it. */
async function read(
  engine: Engine,
  { id, instance: { container } }: OwnedContainer,
  which: { tail: number } | { since: string },
): Promise<PlacedLine[]> {
  const [inspected, log] = await Promise.all([engine.inspectContainer(id), engine.readLogs(id, which)]);
  if (!inspected || !log) return []; // it is gone since it was listed
  const hide = redactor(await hiddenOf(engine, inspected));
  const seen = new Map<bigint, number>();
  return parseLog(log).map(({ at, text }) => {
    const count = (seen.get(at) ?? 0) + 1;
    seen.set(at, count);
    return { container, time: toTime(at), text: fitText(hide(text)), at, count };
  });
}
