import { PassThrough, Readable } from 'node:stream';
import { readEnvironment } from '../../src/cli/environment.ts';
import { berth } from '../../src/cli/main.ts';
import type { OutputStream } from '../../src/cli/terminal/terminal.ts';

export interface CliOptions {
  endpoint?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Standard output and error are a terminal of that width. */
  columns?: number;
  /** Standard input is a terminal too, and somebody types this. */
  typed?: string;
  /** What time it is. */
  now?: number;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliRun {
  ended: Promise<CliResult>;
  /** What was written so far. */
  stdout(): string;
  stderr(): string;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/** Runs a command to its end, as the shell would, on streams of the test. */
export function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return start(words, options).ended;
}

/** The same, for a command that is to be watched or interrupted. */
export function start(words: readonly string[], options: CliOptions = {}): CliRun {
  const { endpoint, env = {}, stdin = '', columns, typed, now } = options;
  const [out, err] = [capture(columns), capture(columns)];
  const listeners = new Set<() => void>();
  const input: Readable & { isTTY?: boolean } = Readable.from(typed === undefined ? [Buffer.from(stdin)] : [typed]);
  if (typed !== undefined) input.isTTY = true;
  const run = berth(words, {
    // Nothing of the machine that runs the test: no home, no contexts, no token.
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

/** A stream that remembers what was written to it. As a terminal it moves its cursor nowhere, but says that it did. */
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
