/** The engine frames a log: eight bytes of header (stream in the first, length in the last four), then the content. */
const HEADER = 8;

export interface TimedLine {
  /** Nanoseconds since 1970, by the engine's clock. */
  at: bigint;
  text: string;
}

/** Returns the lines of both streams in the order of their first frames. Each frame starts with a timestamp. */
export function parseLog(log: Buffer): TimedLine[] {
  const lines: TimedLine[] = [];
  // A long line spans several frames. Only the last one ends with a newline.
  const unfinished = new Map<number, TimedLine>();
  for (const { stream, text } of frames(log)) {
    const space = text.indexOf(' ');
    const content = text.slice(space + 1);
    const line = unfinished.get(stream) ?? { at: toNanoseconds(text.slice(0, space)), text: '' };
    if (!unfinished.has(stream)) lines.push(line);
    line.text += content.replace(/\r?\n$/, '');
    if (content.endsWith('\n')) unfinished.delete(stream);
    else unfinished.set(stream, line);
  }
  return lines;
}

function* frames(log: Buffer): Generator<{ stream: number; text: string }> {
  for (let at = 0; at + HEADER <= log.length; ) {
    const length = log.readUInt32BE(at + 4);
    yield { stream: log.readUInt8(at), text: log.toString('utf8', at + HEADER, at + HEADER + length) };
    at += HEADER + length;
  }
}

/** Returns a time as ISO 8601 with milliseconds; undefined for 0, which stands for an unreadable timestamp. */
export function toTime(at: bigint): string | undefined {
  return at === 0n ? undefined : new Date(Number(at / 1_000_000n)).toISOString();
}

/** Returns 0 if the text is not a timestamp. */
function toNanoseconds(time: string): bigint {
  const seconds = Math.floor(Date.parse(time) / 1000);
  const [, fraction = ''] = /\.(\d{1,9})/.exec(time) ?? [];
  return Number.isNaN(seconds) ? 0n : BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
