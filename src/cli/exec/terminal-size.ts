import type { OutputStream } from '../terminal/terminal.ts';

const LARGEST = 1000;

/** Returns the size of a terminal, as far as it is known, within what the control plane accepts. */
export function terminalSize({ columns, rows }: OutputStream): { columns: number; rows: number } {
  return { columns: within(columns, 80), rows: within(rows, 24) };
}

function within(size: number | undefined, fallback: number): number {
  return Math.min(LARGEST, Math.max(1, size || fallback));
}
