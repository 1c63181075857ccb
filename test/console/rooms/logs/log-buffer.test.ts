import { expect, test } from 'vitest';
import { filterLines, withLines } from '../../../../src/console/rooms/logs/log-buffer.ts';

const line = (text: string, container = 'web') => ({ text, container });

test('lines keep their numbers when older ones go', () => {
  const first = withLines([], [line('a'), line('b')], 3);
  const next = withLines(first, [line('c'), line('d')], 3);
  expect(next.map(({ number, text }) => [number, text])).toEqual([
    [1, 'b'],
    [2, 'c'],
    [3, 'd'],
  ]);
});

test('lines are narrowed to a container and to a text, whatever its case', () => {
  const lines = withLines([], [line('GET /'), line('get /health'), line('GET /', 'proxy')]);
  const textsOf = (search: string, container: string) =>
    filterLines(lines, { search, container }).map(({ text }) => text);
  expect(textsOf('', '')).toHaveLength(3);
  expect(textsOf('HEALTH', '')).toEqual(['get /health']);
  expect(textsOf('get', 'proxy')).toEqual(['GET /']);
});
