import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJson } from '../../src/cli/output/print-result.ts';
import { ago, formatDuration } from '../../src/cli/terminal/ago.ts';
import { toSafeLine, toSafeLines, toSafeText } from '../../src/cli/terminal/safe-text.ts';
import { bold, red, renderStyles, withoutStyles } from '../../src/cli/terminal/style.ts';
import { type Column, toTable, truncate } from '../../src/cli/terminal/table.ts';
import { wrapText } from '../../src/cli/terminal/wrap-words.ts';
import { anyCharacter } from '../support/any-character.ts';

const ESCAPE = '\u001b';

describe('a text', () => {
  test('has terminal control characters escaped', () => {
    expect(toSafeText(`a${ESCAPE}[2Jb\u0007\u009bc\rd\u202ee\u2028f\ud800`)).toBe(
      'a\\u001b[2Jb\\u0007\\u009bc\\u000dd\\u202ee\\u2028f\\ud800',
    );
    expect(toSafeText('zwei Zeilen\nmit\tTab, Ümlauten und 🚢')).toBe('zwei Zeilen\nmit\tTab, Ümlauten und 🚢');
    expect(toSafeLine('one\ntwo\tthree\uFDD0r')).toBe('one\\ntwo\\tthree\\ufdd0r');
    expect(toSafeLines('one\ntwo\tthree')).toBe('one\ntwo\\tthree');
  });

  test('contains no control characters except newlines and tabs afterwards', () => {
    const anything = fc.string({ unit: anyCharacter, maxLength: 200 });
    fc.assert(
      fc.property(anything, (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear.
        expect(toSafeText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(toSafeLine(text)).not.toMatch(/[\n\t]/);
      }),
    );
  });

  test('from data cannot set colours', () => {
    const data = toSafeLine('\uFDD0r not red');
    expect(renderStyles(toSafeText(red(data)), true)).toBe(`${ESCAPE}[31m\\ufdd0r not red${ESCAPE}[0m`);
    expect(renderStyles(bold('x'), false)).toBe('x');
    expect(withoutStyles(bold('x'))).toBe('x');
  });

  test('in JSON keeps its meaning when escaped', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(toJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(toJson({ a: '\u009b\u202e' })).toBe('{"a":"\\u009b\\u202e"}');
  });
});

describe('a table', () => {
  interface Row {
    id: string;
    text: string;
  }
  const columns: Column<Row>[] = [
    { title: 'ID', value: ({ id }) => id },
    { title: 'TEXT', value: ({ text }) => text, elastic: true },
    { title: 'END', value: () => 'end' },
  ];

  test('aligns columns by display width', () => {
    expect(
      withoutStyles(
        toTable(
          [
            { id: '日本', text: 'é' },
            { id: 'a', text: '👩‍👩‍👧' },
          ],
          columns,
          undefined,
        ),
      ),
    ).toBe('ID    TEXT  END\n日本  é     end\na     👩‍👩‍👧    end');
  });

  test('fits by truncating elastic cells, never ids', () => {
    const rows = [{ id: 'an-id-that-must-stay-whole', text: 'words '.repeat(20) }];
    for (const line of withoutStyles(toTable(rows, columns, 60)).split('\n'))
      expect(line.length).toBeLessThanOrEqual(60);
    expect(toTable(rows, columns, 20)).toContain('an-id-that-must-stay-whole');
  });

  test('shows a dash for an empty cell and one line for each row', () => {
    expect(withoutStyles(toTable([{ id: '', text: 'a\nb' }], columns, undefined))).toBe('ID  TEXT  END\n-   a; b  end');
  });

  test('truncates between graphemes', () => {
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('fits', 4)).toBe('fits');
  });
});

describe('a time', () => {
  const now = Date.parse('2026-01-10T12:00:00Z');

  test.each([
    ['2026-01-10T11:59:56Z', '4s'],
    ['2026-01-10T11:30:00Z', '30m'],
    ['2026-01-10T01:00:00Z', '11h'],
    ['2025-12-31T12:00:00Z', '10d'],
    ['2026-01-10T12:00:09Z', '0s'],
    ['never', '-'],
    [undefined, '-'],
  ])('%s was %s ago', (time, shown) => expect(ago(time, now)).toBe(shown));

  test.each([
    [340, '340 ms'],
    [2100, '2.1 s'],
    [200_000, '3 m 20 s'],
  ])('%d ms are %s', (milliseconds, shown) => expect(formatDuration(milliseconds)).toBe(shown));
});

describe('a sentence', () => {
  test('wraps at spaces to the width of the terminal, with its indent, and a long word stays whole', () => {
    expect(wrapText('  ! one two three four', 12, 2)).toBe('  ! one two\n    three\n    four');
    expect(wrapText('short\nalso short', 12)).toBe('short\nalso short');
    expect(wrapText(`see ${'x'.repeat(20)} there`, 12, 2)).toBe(`see\n  ${'x'.repeat(20)}\n  there`);
    expect(wrapText(bold('one two three'), 8)).toBe(bold('one two\nthree'));
    expect(wrapText('one two three', undefined)).toBe('one two three');
  });
});
