import { readFileSync } from 'node:fs';
import { readEnvironment } from './environment.ts';
import { exitCodes } from './exit-codes.ts';
import type { Host } from './session.ts';

const SAME_SIGNAL_MS = 500;

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  const { stdin, stdout, stderr } = process;
  // A reader such as `head` closes the pipe early; that is a success.
  stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed),
  );
  const host: Host = {
    environment: readEnvironment(),
    stdin,
    stdout,
    stderr,
    now: Date.now,
    onInterrupt,
  };
  process.exitCode = await berth(process.argv.slice(2), host);
}

/** Passes the first Ctrl-C to the command. A second one, later than the copy that npx sends, exits at once. */
function onInterrupt(listener: () => void): () => void {
  let first: number | undefined;
  const interrupted = () => {
    if (first !== undefined && performance.now() - first > SAME_SIGNAL_MS) process.exit(exitCodes.interrupted);
    first ??= performance.now();
    listener();
  };
  process.on('SIGINT', interrupted);
  return () => void process.off('SIGINT', interrupted);
}

/** Runs one command on a host. Returns the exit code; never throws. */
export async function berth(words: readonly string[], host: Host): Promise<number> {
  const { runCommand } = await import('./run-command.ts');
  return runCommand(words, host, readVersion());
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
