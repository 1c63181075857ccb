/** What a container wrote, in the engine's framing: eight bytes of header (stream, length), then as many bytes. */
const HEADER = 8;

export interface TimedLine {
  time: string;
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
    const line = unfinished.get(stream) ?? { time: toMilliseconds(text.slice(0, space)), text: '' };
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

/** The engine's times have nanoseconds; a time of the contract has three digits. */
function toMilliseconds(time: string): string {
  return Number.isNaN(Date.parse(time)) ? '' : new Date(time).toISOString();
}
