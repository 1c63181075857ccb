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
} from '../../compute/log-page.ts';
import type { LogQuery } from '../../compute/provider.ts';
import { redactor } from '../../compute/redact.ts';
import type { LogLine, LogPage } from '../../compute/results.ts';
import type { Engine } from './engine.ts';
import { hiddenOf } from './excerpt.ts';
import { parseLog, toTime } from './log-frames.ts';
import type { OwnedContainer, World } from './world.ts';

/** The time of the last line that was read of each instance: nanoseconds since 1970, which outlive engine and container. */
const Cursor = z.strictObject({ docker: z.record(z.string(), z.string().regex(/^\d{1,19}$/)) });

interface PlacedLine extends LogLine {
  at: bigint;
}

/** A page of what a tenant's containers wrote: while a rollout is under way, those of both versions. */
export async function readLogPage(engine: Engine, { containers }: World, query: LogQuery): Promise<LogPage> {
  const places = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).docker;
  const own = containers.filter(
    ({ role, instance }) =>
      role === 'tenant' && (query.container === undefined || instance.container === query.container),
  );
  const share = shareOf(query, own.length);
  const logs = await Promise.all(
    own.map(async (one) => {
      const key = `${one.instance.container}.${one.instance.number}`;
      const since = places && BigInt(places[key] ?? 0);
      const lines = await readOne(engine, one, since, share);
      return { key, lines, end: lines.at(-1)?.at ?? since ?? 0n };
    }),
  );
  const lines = logs.flatMap((log) => log.lines).sort((one, other) => Number(one.at - other.at));
  const shown = places ? lines : newestOfEach(lines, share.lines);
  return {
    lines: shown.map(({ container, time, text }) => ({ container, time, text })),
    next_cursor: writeCursor({ docker: Object.fromEntries(logs.map(({ key, end }) => [key, String(end)])) }),
  };
}

/** The newest lines of one container, or those after a time. What the engine keeps of a log bounds what it is asked for. */
async function readOne(
  engine: Engine,
  { id, instance: { container } }: OwnedContainer,
  since: bigint | undefined,
  share: Share,
): Promise<PlacedLine[]> {
  const which = since === undefined ? { tail: share.lines } : { since: toSeconds(since + 1n) };
  const [inspected, log] = await Promise.all([engine.inspectContainer(id), engine.readLogs(id, which)]);
  if (!inspected || !log) return []; // it is gone since it was listed
  const hide = redactor(await hiddenOf(engine, inspected));
  const lines = parseLog(log)
    // An engine that counts in seconds gives lines again.
    .filter(({ at }) => since === undefined || at > since)
    .map(({ at, text }) => ({ container, time: toTime(at), text: fitText(hide(text)), at }));
  return since === undefined ? lastWithin(lines, share) : throughTime(lines, firstWithin(lines, share).length);
}

/** The next page begins after a time: the lines of one time are not parted. */
function throughTime(lines: readonly PlacedLine[], count: number): PlacedLine[] {
  const last = lines[count - 1]?.at;
  return lines.filter(({ at }, index) => index < count || at === last);
}

function toSeconds(nanoseconds: bigint): string {
  const digits = String(nanoseconds).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
