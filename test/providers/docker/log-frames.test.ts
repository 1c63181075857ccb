import { expect, test } from 'vitest';
import { parseLog } from '../../../src/providers/docker/log-frames.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const time = '2026-11-24T01:02:03.123456789Z';

test('lines of both streams are read in their order, with times of three digits', () => {
  const log = Buffer.concat([frame(1, `${time} one\n`), frame(2, `${time} zwei ü\r\n`)]);
  expect(parseLog(log)).toEqual([
    { time: '2026-11-24T01:02:03.123Z', text: 'one' },
    { time: '2026-11-24T01:02:03.123Z', text: 'zwei ü' },
  ]);
});

test('a long line that comes in pieces is one line, whatever the other stream writes meanwhile', () => {
  const log = Buffer.concat([frame(1, `${time} long `), frame(2, `${time} other\n`), frame(1, `${time} line\n`)]);
  expect(parseLog(log).map(({ text }) => text)).toEqual(['long line', 'other']);
});

test('an empty line is a line, and a log that is cut off is read as far as it goes', () => {
  expect(parseLog(Buffer.concat([frame(1, `${time} \n`), Buffer.from([1, 0, 0])]))).toHaveLength(1);
  expect(parseLog(Buffer.alloc(0))).toEqual([]);
});
