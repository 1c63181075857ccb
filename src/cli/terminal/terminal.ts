import type { Environment } from '../environment.ts';
import { toSafeText } from './safe-text.ts';
import { renderStyles } from './style.ts';

/** The part of a stream that is written to, as `process.stdout` has it. */
export interface OutputStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

/** Where a command writes. Nothing that controls a terminal gets through, whatever data it comes from. */
export interface Terminal {
  /** A line of the result: what a script would read. */
  print(text: string): void;
  /** A line for people, beside the result: progress, advice, errors. */
  note(text: string): void;
  /** How wide a line of the result may be; undefined where nobody looks at it. */
  columns: number | undefined;
  /** Where lines that move may be drawn, if they may. */
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
