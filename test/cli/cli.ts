import { PassThrough, Readable } from 'node:stream';
import { readEnvironment } from '../../src/cli/environment.ts';
import { berth } from '../../src/cli/main.ts';
import type { OutputStream } from '../../src/cli/terminal/terminal.ts';

export interface CliOptions {
  endpoint?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Width of the terminal that standard output and error are. */
  columns?: number;
  /** Typed input; it makes standard input a terminal. */
  typed?: string;
  /** The current time. */
  now?: number;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliRun {
  ended: Promise<CliResult>;
  /** Returns the output so far. */
  stdout(): string;
  stderr(): string;
  /** Interrupts the command, like Ctrl-C. */
  interrupt(): void;
}

/** Runs a command to its end, with streams of the test. */
export function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return start(words, options).ended;
}

/** Starts a command that the test watches or interrupts. */
export function start(words: readonly string[], options: CliOptions = {}): CliRun {
  const { endpoint, env = {}, stdin = '', columns, typed, now } = options;
  const [out, err] = [capture(columns), capture(columns)];
  const listeners = new Set<() => void>();
  const input: Readable & { isTTY?: boolean } = Readable.from(typed === undefined ? [Buffer.from(stdin)] : [typed]);
  if (typed !== undefined) input.isTTY = true;
  const run = berth(words, {
    // Nothing from the environment of the test run: no home, no contexts, no token.
    environment: readEnvironment({ HOME: '/nonexistent', ...(endpoint && { BERTH_ENDPOINT: endpoint }), ...env }),
    stdin: input,
    stdout: out.stream,
    stderr: err.stream,
    now: () => now ?? Date.now(),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  return {
    ended: run.then((code) => ({ code, stdout: out.text(), stderr: err.text() })),
    stdout: out.text,
    stderr: err.text,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}

/** A stream that records what was written. As a terminal it accepts cursor movements and ignores them. */
function capture(columns: number | undefined): { stream: OutputStream; text(): string } {
  let written = '';
  const stream: PassThrough & OutputStream = new PassThrough();
  stream.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  if (columns !== undefined) {
    const move =
      (name: string) =>
      (...args: unknown[]) => {
        written += `<${[name, ...args.filter((arg) => typeof arg === 'number')].join(' ')}>`;
        return true;
      };
    Object.assign(stream, {
      isTTY: true,
      columns,
      cursorTo: move('cursor'),
      moveCursor: move('move'),
      clearLine: move('clear'),
    });
  }
  return { stream, text: () => written };
}
