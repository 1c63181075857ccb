import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Connection, Start } from './connection.ts';

/** Starts a program with pipes, as the leader of a session of its own. Rejects with the error of the system. */
export async function startWithPipes({ argv, env, cwd }: Start): Promise<Connection> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd, env: { ...env }, detached: true, shell: false, stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  const { promise: exited, resolve } = Promise.withResolvers<number>();
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', failed);
  });
  child.on('error', () => undefined);
  // A program may leave behind others that keep its output open. They are ended with the session, so only it counts.
  child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  stdin.on('error', () => undefined); // the program reads no more
  const outputs = [stdout, stderr];
  const closed = new Promise<void>((resolveClosed) => child.once('close', () => resolveClosed()));
  return {
    pid: child.pid ?? 0,
    exited,
    closed,
    onOutput(listener) {
      stdout.on('data', (bytes: Buffer) => listener('stdout', bytes));
      stderr.on('data', (bytes: Buffer) => listener('stderr', bytes));
    },
    pause: () => outputs.forEach((output) => void output.pause()),
    resume: () => outputs.forEach((output) => void output.resume()),
    write: (bytes) =>
      new Promise((written) => {
        if (stdin.writable) stdin.write(bytes, () => written());
        else written();
      }),
    endInput: () => void stdin.end(),
    resize: () => undefined,
  };
}
