import stringWidth from 'string-width';
import { toSafeLine } from './safe-text.ts';
import { dim } from './style.ts';

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  style?(text: string, row: Row): string;
  /** May be cut off at the end when the terminal is narrow; a column without this keeps its whole width. */
  elastic?: boolean;
  /** The last column only: goes on in the lines below rather than be cut. */
  wraps?: boolean;
  /** Only shown with `-o wide`; whoever makes the table leaves it out. */
  wide?: boolean;
}

const GAP = '  ';
const NARROWEST = 6;
/** A column that wraps is never narrower. */
const NARROWEST_TEXT = 20;

/** Rows as a table that fits into so many columns, by cutting elastic cells. Without a width nothing is cut. */
export function toTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number | undefined): string {
  const cells = rows.map((row) => columns.map((column) => toSafeLine(column.value(row).replaceAll('\n', '; ')) || '-'));
  const natural = columns.map(({ title }, index) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  const widths = width === undefined ? natural : squeeze(natural, columns, width);
  const line = (texts: readonly string[], styleOf: (text: string, index: number) => string) =>
    texts.map((text, index) => styleOf(pad(text, widths[index] ?? 0, index === texts.length - 1), index)).join(GAP);
  const lines = rows.flatMap((row, index) => {
    const [first = [], ...more] = wrapLast(cells[index] ?? [], columns, widths);
    const styled = line(first, (text, column) => columns[column]?.style?.(text, row) ?? text);
    return [styled, ...more.map((texts) => line(texts, (text) => text))];
  });
  const titles = columns.map(({ title }) => title);
  return [line(titles, (text) => dim(text)), ...lines].join('\n');
}

/** A row as the lines that it takes: more than one where its last cell goes on. */
function wrapLast<Row>(
  texts: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string[][] {
  if (!columns.at(-1)?.wraps) return [[...texts]];
  const others = texts.slice(0, -1);
  const parts = wrapWords(texts.at(-1) ?? '', Math.max(widths.at(-1) ?? 0, NARROWEST_TEXT));
  return parts.map((part, index) => [...(index === 0 ? others : others.map(() => '')), part]);
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && stringWidth(last) + 1 + stringWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Takes what is too much from the widest elastic column, one by one. */
function squeeze<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  while (total() > width) {
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

function pad(text: string, width: number, isLast: boolean): string {
  const cut = truncate(text, width);
  return isLast ? cut : cut + ' '.repeat(width - stringWidth(cut));
}

/** The beginning of a text that takes no more than so many columns, and a mark that something is missing. */
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
