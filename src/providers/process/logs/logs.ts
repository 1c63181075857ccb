import { redact, stripControls } from '../../../compute/spec/redact.ts';
import { type LogPart, readPart } from './log-file.ts';

const TAIL_BYTES = 256 * 1024;
/** What nobody has written to for so long is not in the middle of a line. */
const LINE_TAKES_MS = 1000;

/** A line, and the place where the next one begins. */
export interface PlacedLine {
  text: string;
  end: number;
}

export interface LogLines {
  lines: PlacedLine[];
  /** Up to where the log is in them. */
  end: number;
}

/** The newest whole lines of a log, oldest first. The last one may lack its end. */
export async function tailLines(file: string, count: number): Promise<string[]> {
  const { lines, rest } = splitLines(await readEnd(file, TAIL_BYTES));
  const texts = [...lines, ...(rest ? [rest] : [])].map(({ text }) => stripControls(text));
  return count > 0 ? texts.slice(-count) : [];
}

/** The newest whole lines of a log, oldest first, out of its last so many bytes. */
export async function lastLines(file: string, bytes: number): Promise<LogLines> {
  return finish(await readEnd(file, bytes));
}

/** The whole lines after a place in a log, out of its next so many bytes. */
export async function linesAfter(file: string, place: number, bytes: number): Promise<LogLines> {
  const part = await readPart(file, ({ start, end }) => {
    const from = Math.min(Math.max(place, start), end);
    return { from, to: Math.min(from + bytes, end) };
  });
  const isWhole = part.from <= place;
  const lines = finish(part, isWhole);
  // A line that is longer than what is read at once is given in parts.
  if (lines.lines.length > 0 || part.bytes.length < bytes || !isWhole) return lines;
  const end = part.from + part.bytes.length;
  return { lines: [{ text: part.bytes.toString(), end }], end };
}

function readEnd(file: string, bytes: number): Promise<LogPart> {
  return readPart(file, ({ start, end }) => ({ from: Math.max(start, end - bytes), to: end }));
}

/** Leaves out what is still being written: the rest of the line comes, and is then read with its beginning. */
function finish(part: LogPart, isWhole?: boolean): LogLines {
  const { lines, rest, end } = splitLines(part, isWhole);
  const isOver = part.from + part.bytes.length === part.end && Date.now() - part.changedAt > LINE_TAKES_MS;
  return rest && isOver ? { lines: [...lines, rest], end: rest.end } : { lines, end };
}

/** Cut at an arbitrary byte, a first line could show half of a value that is to be hidden: then it is left out. */
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

/** The last lines of a log for a message: without values, and no longer than that. */
export async function excerpt(file: string, values: Iterable<string>, maxBytes: number): Promise<string> {
  const text = redact((await tailLines(file, 20)).join('\n'), values).trim();
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // A character cut in half at the beginning reads as U+FFFD.
  return `…${bytes
    .subarray(-maxBytes)
    .toString('utf8')
    .replace(/^\ufffd+/, '')}`;
}
