import type { LogPage } from '../../api/types.ts';
import type { NumberedLine } from '../../logs/numbered-line.ts';

/** The most lines that the page keeps; older ones go. */
export const MOST_LINES = 5_000;

/** Returns the lines with later ones behind them, each with the next number, and without those that are too many. */
export function withLines(known: readonly NumberedLine[], added: LogPage['lines'], most = MOST_LINES): NumberedLine[] {
  const next = (known.at(-1)?.number ?? -1) + 1;
  return [...known, ...added.map((line, index) => ({ ...line, number: next + index }))].slice(-most);
}

/** What the lines are narrowed to. It is in the address of the page. */
export interface LogFilters {
  search: string;
  container: string;
}

export function filterLines(lines: readonly NumberedLine[], { search, container }: LogFilters): NumberedLine[] {
  const text = search.toLowerCase();
  return lines.filter(
    (line) => (container === '' || line.container === container) && line.text.toLowerCase().includes(text),
  );
}
