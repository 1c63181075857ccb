import type * as z from 'zod';
import { InvalidRequestError } from './errors.ts';
import type { LogQuery } from './provider.ts';
import type { LogLine } from './results.ts';

/** Most lines of one container in a page. */
export const PAGE_LINES = 1000;
/** Most logs in one page. Each of so many logs still has room for its longest line. */
export const PAGE_SOURCES = 50;
const DEFAULT_TAIL = 100;
/** Limits of the JSON of all lines in a page, and of the text of one line. */
const PAGE_BYTES = 512 * 1024;
const TEXT_BYTES = 8 * 1024;

/** The part of a page that one log may fill. */
export interface Share {
  lines: number;
  /** Size as JSON. Never smaller than the longest line. */
  bytes: number;
}

/** Returns the share of each of `sources` logs, so that a busy log does not crowd out the others. */
export function shareOf({ cursor, tail = DEFAULT_TAIL }: Pick<LogQuery, 'cursor' | 'tail'>, sources: number): Share {
  const lines = cursor === undefined ? Math.min(tail, PAGE_LINES) : PAGE_LINES;
  return { lines, bytes: Math.floor(PAGE_BYTES / Math.min(Math.max(sources, 1), PAGE_SOURCES)) };
}

/** Returns the first lines that fit into a share: at least one. */
export function firstWithin<Line extends LogLine>(lines: readonly Line[], { lines: most, bytes }: Share): Line[] {
  let left = bytes;
  const end = lines.slice(0, most).findIndex((line) => {
    left -= sizeOf(line);
    return left < 0;
  });
  return lines.slice(0, end === -1 ? most : Math.max(end, 1));
}

/** Returns the last lines that fit into a share: at least one, unless the share has no lines. */
export function lastWithin<Line extends LogLine>(lines: readonly Line[], share: Share): Line[] {
  return share.lines === 0 ? [] : firstWithin(lines.toReversed(), share).toReversed();
}

/** Returns the newest `count` lines of each container, over all of its instances, in their order. */
export function newestOfEach<Line extends LogLine>(lines: readonly Line[], count: number): Line[] {
  const left = new Map<string, number>();
  const isKept = ({ container }: Line) => {
    const rest = left.get(container) ?? count;
    left.set(container, rest - 1);
    return rest > 0;
  };
  return lines.toReversed().filter(isKept).toReversed();
}

/** Returns the size of a line in a page, in bytes. */
export function sizeOf({ container, time, text }: LogLine): number {
  return Buffer.byteLength(JSON.stringify({ container, time, text })) + 1;
}

/** The room for the words that tell how much of a line is missing. */
const CUT_BYTES = 40;

/** Cuts a text that is longer than a line may be; the cut text tells how much is missing. */
export function fitText(text: string): string {
  const bytes = jsonBytes(text);
  if (bytes <= TEXT_BYTES) return text;
  let kept = text.slice(0, TEXT_BYTES);
  for (let size = jsonBytes(kept); size > TEXT_BYTES - CUT_BYTES; size = jsonBytes(kept)) {
    kept = kept.slice(0, Math.floor((kept.length * (TEXT_BYTES - CUT_BYTES)) / size));
  }
  kept = kept.replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${Buffer.byteLength(text) - Buffer.byteLength(kept)} bytes more)`;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** Encodes positions in logs as an opaque cursor. Callers can decode it, so positions hold nothing secret. */
export function writeCursor(positions: object): string {
  return Buffer.from(JSON.stringify(positions)).toString('base64url');
}

/** Decodes what `writeCursor` encoded. Throws `InvalidRequestError` for any other text. */
export function readCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(parse(cursor));
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError([
    { pointer: '/cursor', message: 'cursor is not the next_cursor of a page of these logs. Omit it to start again' },
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
