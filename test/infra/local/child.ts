import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const folder = new URL('../../../infra/local/', import.meta.url);

export interface ChildOptions {
  args?: string[];
  /** Default: that of the test run. */
  cwd?: string;
  /** Added to a bare environment, which has no other variable of the test run. */
  env?: Record<string, string>;
  /** The user that it runs as. Default: that of the test run. */
  user?: number | undefined;
}

export interface Child {
  process: ChildProcess;
  /** Returns everything it wrote, to standard output and standard error. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Runs a file of `infra/local` as `npm start` does, and kills the process after the test. */
export function run(file: 'main.ts' | 'demo/demo.ts', { args = [], env = {}, cwd, user }: ChildOptions = {}): Child {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const bare = { PATH, HOME, NODE_COMPILE_CACHE };
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, folder)), ...args], {
    env: { ...bare, ...env },
    ...(cwd && { cwd }),
    ...(user !== undefined && { uid: user, gid: user }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const { promise: ended, resolve } = Promise.withResolvers<number | NodeJS.Signals | null>();
  child.on('close', (code, signal) => resolve(code ?? signal));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, output: () => output, ended };
}

/** Waits for the line that reports readiness, and returns the address in it. Throws if the child ends first. */
export async function untilListening({ output, ended }: Child): Promise<string> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
    const url = /^Berth is listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output())?.[1];
    if (url) return url;
    if (isOver) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the child is not listening; it wrote:\n${output()}`);
}
