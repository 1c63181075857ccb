/** What a container wrote, in the engine's framing: eight bytes of header (stream, length), then as many bytes. */
const HEADER = 8;

export interface TimedLine {
  /** Nanoseconds since 1970, as the engine has it. */
  at: bigint;
  text: string;
}

/** The lines of both streams, in the order they were begun. Each frame begins with the engine's time. */
export function parseLog(log: Buffer): TimedLine[] {
  const lines: TimedLine[] = [];
  // A long line comes in several frames, of which only the last ends with a newline.
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

/** A time of the contract has three digits after the point; the engine's have nine. */
export function toTime(at: bigint): string | undefined {
  return at === 0n ? undefined : new Date(Number(at / 1_000_000n)).toISOString();
}

/** 0 for what is no time. */
function toNanoseconds(time: string): bigint {
  const seconds = Math.floor(Date.parse(time) / 1000);
  const [, fraction = ''] = /\.(\d{1,9})/.exec(time) ?? [];
  return Number.isNaN(seconds) ? 0n : BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
