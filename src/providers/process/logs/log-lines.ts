import { fitText } from '../../../compute/log-page.ts';
import { redact, stripControls } from '../../../compute/spec/redact.ts';
import { type LogPart, readPart } from './log-file.ts';

const EXCERPT_LINES = 20;
/** The least that is read at once: more than a line can have, see `LogWriter`. */
export const READ_BYTES = 256 * 1024;
/** An unfinished last line counts as whole if the log has not grown for so long. */
const LINE_TAKES_MS = 1000;

/** A line, and the offset at which the next one begins. */
export interface PlacedLine {
  text: string;
  end: number;
}

export interface LogLines {
  lines: PlacedLine[];
  /** The offset from which to read on. */
  end: number;
}

/** Returns the newest lines of a log, oldest first, without control characters. The last one may be unfinished. */
export async function tailLines(file: string, count: number): Promise<string[]> {
  const { lines, rest } = splitLines(await readEnd(file, READ_BYTES));
  const texts = [...lines, ...(rest ? [rest] : [])].map(({ text }) => stripControls(text));
  return count > 0 ? texts.slice(-count) : [];
}

/** Returns the whole lines within the last `bytes` of a log, oldest first. */
export async function lastLines(file: string, bytes: number): Promise<LogLines> {
  return toLogLines(await readEnd(file, bytes));
}

/** Returns the whole lines within the `bytes` after an offset. A line that is longer than `bytes` is returned in parts. */
export async function linesAfter(file: string, offset: number, bytes: number): Promise<LogLines> {
  const part = await readPart(file, ({ start, end }) => {
    const from = Math.min(Math.max(offset, start), end);
    return { from, to: Math.min(from + bytes, end) };
  });
  const isWhole = part.from <= offset;
  const lines = toLogLines(part, isWhole);
  if (lines.lines.length > 0 || part.bytes.length < bytes || !isWhole) return lines;
  const end = part.from + part.bytes.length;
  return { lines: [{ text: part.bytes.toString(), end }], end };
}

function readEnd(file: string, bytes: number): Promise<LogPart> {
  return readPart(file, ({ start, end }) => ({ from: Math.max(start, end - bytes), to: end }));
}

/** Leaves out a last line that is still being written: a later page returns it as a whole. */
function toLogLines(part: LogPart, isWhole?: boolean): LogLines {
  const { lines, rest, end } = splitLines(part, isWhole);
  const isOver = part.from + part.bytes.length === part.end && Math.abs(Date.now() - part.changedAt) > LINE_TAKES_MS;
  return rest && isOver ? { lines: [...lines, rest], end: rest.end } : { lines, end };
}

/** Unless `isWhole`, drops the first line: cut at an arbitrary byte, it could show half of a value that must be hidden. */
function splitLines({ bytes, from }: LogPart, isWhole = from === 0) {
  const lines: PlacedLine[] = [];
  let at = isWhole ? 0 : bytes.indexOf('\n') + 1;
  for (let next = bytes.indexOf('\n', at); next !== -1; next = bytes.indexOf('\n', at)) {
    lines.push({ text: bytes.toString('utf8', at, next).replace(/\r$/, ''), end: from + next + 1 });
    at = next + 1;
  }
  const isCut = !isWhole && at === 0;
  const text = isCut ? '' : bytes.toString('utf8', at);
  return { lines, rest: text ? { text, end: from + bytes.length } : undefined, end: from + at };
}

/** Returns the last lines of a log for a message, without the given values, cut to `maxBytes` at the front. */
export async function excerpt(file: string, values: Iterable<string>, maxBytes: number): Promise<string> {
  const all = redact((await tailLines(file, EXCERPT_LINES)).join('\n'), values).trim();
  const text = all.split('\n').map(fitText).join('\n'); // beyond that, half of a value could stand where a line was cut
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // The cut may split a character, which then decodes to U+FFFD.
  const end = bytes
    .subarray(-maxBytes)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
  return `…${end}`;
}
