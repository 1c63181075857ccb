import stringWidth from 'fast-string-width';
import { toSafeLine } from './safe-text.ts';
import { dim, withoutStyles } from './style.ts';
import { wrapWords } from './wrap-words.ts';

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  style?(text: string, row: Row): string;
  /** May be truncated on a narrow terminal. Other columns keep their full width. */
  elastic?: boolean;
  /** Last column only: wraps instead of being truncated. */
  wraps?: boolean;
  /** Shown with `-o wide` only; `printResult` filters it. */
  wide?: boolean;
}

const GAP = '  ';
const NARROWEST = 6;
/** Minimum width of a column that wraps. */
const NARROWEST_TEXT = 20;
/** The width from which an id has a line of its own, if its row does not fit. */
const LONG_ID = 24;

/**
 * Formats rows as a table of at most `width` columns by truncating elastic cells. Without a width nothing is cut. Ids, in
 * the first column, are never cut. In a table that is too wide, a long id stands on a line above the rest of its row.
 */
export function toTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number | undefined): string {
  const cells = rows.map((row) => columns.map((column) => toSafeLine(column.value(row).replaceAll('\n', '; ')) || '-'));
  const natural = columns.map(({ title }, index) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  const isTooWide = width !== undefined && totalOf(natural) > width;
  const stands = (row: readonly string[]) => isTooWide && columns.length > 1 && stringWidth(row[0] ?? '') > LONG_ID;
  if (isTooWide) {
    const others = cells.filter((row) => !stands(row)).map(([id = '']) => stringWidth(id));
    natural[0] = Math.max(stringWidth(columns[0]?.title ?? ''), ...others);
  }
  const widths = width === undefined ? natural : squeeze(natural, columns, width);
  const line = (texts: readonly string[], styleOf: (text: string, index: number) => string) =>
    texts.map((text, index) => styleOf(pad(text, widths[index] ?? 0, index === texts.length - 1), index)).join(GAP);
  const lines = rows.flatMap((row, index) => {
    const [id = '', ...rest] = cells[index] ?? [];
    const above = stands([id]) ? [columns[0]?.style?.(id, row) ?? id] : [];
    const [first = [], ...more] = wrapLast([above.length > 0 ? '' : id, ...rest], columns, widths);
    const styled = line(first, (text, column) => columns[column]?.style?.(text, row) ?? text);
    return [...above, styled, ...more.map((texts) => line(texts, (text) => text))];
  });
  const titles = columns.map(({ title }) => title);
  return [line(titles, (text) => dim(text)), ...lines].join('\n');
}

/** Formats rows of text without styles; the first row holds the titles. */
export function toPlainTable([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const columns = titles.map((title, index) => ({ title, value: (row: readonly string[]) => row[index] ?? '' }));
  return withoutStyles(toTable(rows, columns, undefined));
}

/** Splits a row into lines; the last cell may wrap. */
function wrapLast<Row>(
  texts: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string[][] {
  if (!columns.at(-1)?.wraps) return [[...texts]];
  const others = texts.slice(0, -1);
  const width = Math.max(widths.at(-1) ?? 0, NARROWEST_TEXT);
  const parts = wrapWords(texts.at(-1) ?? '', width).flatMap((part) => breakWord(part, width));
  return parts.map((part, index) => [...(index === 0 ? others : others.map(() => '')), part]);
}

/** Breaks a word that is wider than its column, so that nothing of it is cut. */
function breakWord(word: string, width: number): string[] {
  if (stringWidth(word) <= width) return [word];
  const parts = [''];
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (stringWidth(`${parts.at(-1)}${segment}`) > width) parts.push('');
    parts[parts.length - 1] += segment;
  }
  return parts;
}

/** Narrows the widest elastic column, one character at a time, until the row fits. */
function squeeze<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  while (totalOf(widths) > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const least = Math.max(column.wraps ? NARROWEST_TEXT : NARROWEST, widths[widest] ?? 0);
      if (column.elastic && (widths[index] ?? 0) > least) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
}

function pad(text: string, width: number, isLast: boolean): string {
  const cut = truncate(text, width);
  return isLast ? cut : cut + ' '.repeat(width - stringWidth(cut));
}

/** Truncates a text to `width` terminal columns and marks the cut with an ellipsis. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let taken = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += stringWidth(segment);
    if (taken > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
