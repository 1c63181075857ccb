import type * as z from 'zod';
import { InvalidRequestError } from './errors.ts';
import type { LogQuery } from './provider.ts';
import type { LogLine } from './results.ts';

/** Lines of each container that a page has at most. */
export const PAGE_LINES = 1000;
/** Logs that one page can be put together from: so many that each gets a whole line into it. */
export const PAGE_SOURCES = 50;
const DEFAULT_TAIL = 100;
/** As JSON, all lines of a page together, and the text of one line. */
const PAGE_BYTES = 512 * 1024;
const TEXT_BYTES = 8 * 1024;

/** What one log may add to a page. */
export interface Share {
  lines: number;
  /** As JSON. It is never less than the longest line. */
  bytes: number;
}

/** The share of each of so many logs: none is crowded out by one that is written to without end. */
export function shareOf({ cursor, tail = DEFAULT_TAIL }: Pick<LogQuery, 'cursor' | 'tail'>, sources: number): Share {
  const lines = cursor === undefined ? Math.min(tail, PAGE_LINES) : PAGE_LINES;
  return { lines, bytes: Math.floor(PAGE_BYTES / Math.min(Math.max(sources, 1), PAGE_SOURCES)) };
}

/** As many lines from the beginning as fit; one, at least. */
export function firstWithin<Line extends LogLine>(lines: readonly Line[], { lines: most, bytes }: Share): Line[] {
  let left = bytes;
  const end = lines.slice(0, most).findIndex((line) => {
    left -= sizeOf(line);
    return left < 0;
  });
  return lines.slice(0, end === -1 ? most : Math.max(end, 1));
}

/** As many lines up to the end as fit. */
export function lastWithin<Line extends LogLine>(lines: readonly Line[], share: Share): Line[] {
  return share.lines === 0 ? [] : firstWithin(lines.toReversed(), share).toReversed();
}

/** The newest lines of each container, of all that there is of its instances. */
export function newestOfEach<Line extends LogLine>(lines: readonly Line[], count: number): Line[] {
  const left = new Map<string, number>();
  const isKept = ({ container }: Line) => {
    const rest = left.get(container) ?? count;
    left.set(container, rest - 1);
    return rest > 0;
  };
  return lines.toReversed().filter(isKept).toReversed();
}

/** Bytes of a line in a page. */
export function sizeOf({ container, time, text }: LogLine): number {
  return Buffer.byteLength(JSON.stringify({ container, time, text })) + 1;
}

/** A text as a page has it: what is longer than a line may be ends with an ellipsis. */
export function fitText(text: string): string {
  const bytes = jsonBytes(text);
  if (bytes <= TEXT_BYTES) return text;
  let kept = text.slice(0, TEXT_BYTES);
  for (let size = jsonBytes(kept); size > TEXT_BYTES - 5; size = jsonBytes(kept)) {
    kept = kept.slice(0, Math.floor((kept.length * (TEXT_BYTES - 5)) / size));
  }
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** An opaque text for how far logs were read. There is nothing in it that its reader may not know. */
export function writeCursor(positions: object): string {
  return Buffer.from(JSON.stringify(positions)).toString('base64url');
}

/** What `writeCursor` was given. Throws `InvalidRequestError` where it was given something else, or the text was made up. */
export function readCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(parse(cursor));
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError([
    { pointer: '/cursor', message: 'cursor is not one that a page of these logs came with; begin again without one' },
  ]);
}

function parse(cursor: string): unknown {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
