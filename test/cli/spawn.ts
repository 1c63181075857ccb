import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const bin = fileURLToPath(new URL('../../src/cli/berth.mjs', import.meta.url));

export interface SpawnedCli {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The exit code, or the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Runs the real command as a child process in an empty environment. The test kills it at its end. */
export function spawnCli(
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): SpawnedCli {
  const bare = { PATH: process.env.PATH ?? '', HOME: '/nonexistent' };
  const child = spawn(process.execPath, [bin, ...args], { env: { ...bare, ...env }, ...(cwd && { cwd }) });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  const { promise: ended, resolve } = Promise.withResolvers<number | NodeJS.Signals | null>();
  child.on('close', (code, signal) => resolve(code ?? signal));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, stdout: () => written.stdout, stderr: () => written.stderr, ended };
}
