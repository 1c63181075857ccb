import stringWidth from 'string-width';
import { toSafeLine } from './safe-text.ts';
import { dim } from './style.ts';

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  style?(text: string, row: Row): string;
  /** May be cut off at the end when the terminal is narrow; a column without this keeps its whole width. */
  elastic?: boolean;
  /** Only shown with `-o wide`; whoever makes the table leaves it out. */
  wide?: boolean;
}

const GAP = '  ';
const NARROWEST = 8;

/** Rows as a table that fits into so many columns, by cutting elastic cells. Without a width nothing is cut. */
export function toTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number | undefined): string {
  const cells = rows.map((row) => columns.map((column) => toSafeLine(column.value(row).replaceAll('\n', '; ')) || '-'));
  const natural = columns.map(({ title }, index) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[index] ?? ''))),
  );
  const widths = width === undefined ? natural : squeeze(natural, columns, width);
  const line = (texts: readonly string[], styleOf: (text: string, index: number) => string) =>
    texts.map((text, index) => styleOf(pad(text, widths[index] ?? 0, index === texts.length - 1), index)).join(GAP);
  return [
    line(
      columns.map(({ title }) => title),
      (text) => dim(text),
    ),
    ...rows.map((row, index) =>
      line(cells[index] ?? [], (text, column) => columns[column]?.style?.(text, row) ?? text),
    ),
  ].join('\n');
}

/** Takes what is too much from the widest elastic column, one by one. */
function squeeze<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1));
  while (total() > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      if (column.elastic && (widths[index] ?? 0) > Math.max(NARROWEST, widths[widest] ?? 0)) widest = index;
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
