import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { InvalidRequestError } from '../../src/compute/errors.ts';
import {
  firstWithin,
  fitText,
  lastWithin,
  PAGE_LINES,
  PAGE_SOURCES,
  readCursor,
  shareOf,
  sizeOf,
  writeCursor,
} from '../../src/compute/log-page.ts';

const lineOf = (text: string) => ({ container: 'web', text });

test('a page has 100 lines or `tail` without a cursor, and the most lines of a page with one', () => {
  expect(shareOf({}, 1).lines).toBe(100);
  expect(shareOf({ tail: 7 }, 1).lines).toBe(7);
  expect(shareOf({ tail: 1e6 }, 1).lines).toBe(PAGE_LINES);
  expect(shareOf({ tail: 7, cursor: 'x' }, 1).lines).toBe(PAGE_LINES);
});

test('a page of any number of logs with any text is below a megabyte and not empty', () => {
  const worst = lineOf(fitText('\u0000'.repeat(100_000)));
  for (const sources of [0, 1, 3, 10, PAGE_SOURCES, 1000]) {
    const share = shareOf({ cursor: 'x' }, sources);
    const lines = firstWithin(
      Array.from({ length: 2000 }, () => worst),
      share,
    );
    expect(lines.length).toBeGreaterThan(0);
    const bytes = lines.reduce((sum, line) => sum + sizeOf(line), 0);
    expect(bytes * Math.min(Math.max(sources, 1), PAGE_SOURCES)).toBeLessThan(1_000_000);
  }
});

test('a text is cut only if its JSON is too long', () => {
  const unit = fc.constantFrom('a', 'é', '\u0007', '😀', '\ud800');
  fc.assert(
    fc.property(fc.string({ unit, minLength: 0, maxLength: 12_000 }), (text) => {
      const fitted = fitText(text);
      expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(8 * 1024);
      if (fitted !== text) expect(Buffer.byteLength(JSON.stringify(text))).toBeGreaterThan(8 * 1024);
    }),
  );
});

test('firstWithin and lastWithin return whole lines in order', () => {
  const lines = ['one', 'two', 'three', 'four'].map(lineOf);
  const share = { lines: 10, bytes: sizeOf(lineOf('three')) + sizeOf(lineOf('four')) };
  expect(firstWithin(lines, share).map(({ text }) => text)).toEqual(['one', 'two']);
  expect(lastWithin(lines, share).map(({ text }) => text)).toEqual(['three', 'four']);
  expect(lastWithin(lines, { ...share, lines: 1 }).map(({ text }) => text)).toEqual(['four']);
  expect(lastWithin(lines, { ...share, lines: 0 })).toEqual([]);
  expect(firstWithin([], share)).toEqual([]);
  expect(firstWithin(lines, { lines: 2, bytes: 1 })).toEqual([lineOf('one')]);
});

test('a cursor decodes to its positions, and any other text is refused', () => {
  const schema = z.strictObject({ places: z.record(z.string(), z.int()) });
  const cursor = writeCursor({ places: { web: 3 } });
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(readCursor(cursor, schema)).toEqual({ places: { web: 3 } });
  const others = [
    `${cursor}=`,
    ` ${cursor}`,
    cursor.slice(1),
    writeCursor({ places: { web: 'x' } }),
    writeCursor([]),
    '',
  ];
  for (const other of others) expect(() => readCursor(other, schema)).toThrow(InvalidRequestError);
  fc.assert(
    fc.property(fc.string(), (junk) => {
      expect(() => readCursor(junk, schema)).toThrow(InvalidRequestError);
    }),
  );
});
