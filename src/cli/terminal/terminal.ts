import type { Environment } from '../environment.ts';
import { toSafeText } from './safe-text.ts';
import { renderStyles } from './style.ts';

/** A writable stream with the terminal fields of `process.stdout`. */
export interface OutputStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** The output of a command. Control characters in data are always escaped. */
export interface Terminal {
  /** Writes a line of the result to standard output. */
  print(text: string): void;
  /** Writes progress, advice or an error to standard error. */
  note(text: string): void;
  /** Width of standard output; undefined when it is not a terminal. */
  columns: number | undefined;
  /** Width of standard error, where sentences wrap; undefined when it is not a terminal. */
  noteColumns: number | undefined;
  /** The stream for animated lines, where they are possible. */
  live: { stream: OutputStream; render(text: string): string } | undefined;
}

export interface TerminalOptions {
  stdout: OutputStream;
  stderr: OutputStream;
  environment: Environment;
  /** `--no-color` */
  color: boolean;
}

const NARROWEST = 40;

export function openTerminal({ stdout, stderr, environment, color }: TerminalOptions): Terminal {
  const isColored = (stream: OutputStream) =>
    color && !environment.noColor && (environment.forceColor || stream.isTTY === true);
  const [outColor, errColor] = [isColored(stdout), isColored(stderr)];
  return {
    print: (text) => void stdout.write(`${renderStyles(toSafeText(text), outColor)}\n`),
    note: (text) => void stderr.write(`${renderStyles(toSafeText(text), errColor)}\n`),
    columns: widthOf(stdout, environment),
    noteColumns: widthOf(stderr, environment),
    live:
      stderr.isTTY && !environment.dumb
        ? { stream: stderr, render: (text) => renderStyles(toSafeText(text), errColor) }
        : undefined,
  };
}

function widthOf({ isTTY, columns }: OutputStream, environment: Environment): number | undefined {
  if (isTTY) return Math.max(columns ?? 80, NARROWEST);
  return environment.forceColor && environment.columns !== undefined
    ? Math.max(environment.columns, NARROWEST)
    : undefined;
}
