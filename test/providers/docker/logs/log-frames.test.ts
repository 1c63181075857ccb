import { expect, test } from 'vitest';
import { parseLog, toTime } from '../../../../src/providers/docker/logs/log-frames.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const time = '2026-11-24T01:02:03.123456789Z';

test('lines of both streams are read in order, with the timestamps of the engine', () => {
  const log = Buffer.concat([frame(1, `${time} one\n`), frame(2, `${time} zwei ü\r\n`)]);
  const at = 1_795_482_123_123_456_789n;
  expect(parseLog(log)).toEqual([
    { at, text: 'one' },
    { at, text: 'zwei ü' },
  ]);
  expect(toTime(at)).toBe('2026-11-24T01:02:03.123Z');
});

test('the frames of a long line are joined, even with frames of the other stream between them', () => {
  const log = Buffer.concat([frame(1, `${time} long `), frame(2, `${time} other\n`), frame(1, `${time} line\n`)]);
  expect(parseLog(log).map(({ text }) => text)).toEqual(['long line', 'other']);
});

test('timestamps may have fewer digits or an offset; an unreadable one becomes 0', () => {
  const lineAt = (text: string) => parseLog(frame(1, `${text} x\n`))[0]?.at;
  expect(lineAt('2026-11-24T01:02:03.5Z')).toBe(1_795_482_123_500_000_000n);
  expect(lineAt('2026-11-24T03:02:03.000000001+02:00')).toBe(1_795_482_123_000_000_001n);
  expect(lineAt('2026-11-24T01:02:03Z')).toBe(1_795_482_123_000_000_000n);
  expect(lineAt('never')).toBe(0n);
  expect(toTime(0n)).toBeUndefined();
});

test('empty lines count, and a truncated log is read up to the cut', () => {
  expect(parseLog(Buffer.concat([frame(1, `${time} \n`), Buffer.from([1, 0, 0])]))).toHaveLength(1);
  expect(parseLog(Buffer.alloc(0))).toEqual([]);
});
