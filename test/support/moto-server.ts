import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface MotoServer {
  url: string;
  close(): Promise<void>;
}

/** Returns the path of `moto_server`, or undefined if it is not on the PATH. */
export function findMotoServer(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'moto_server'));
  return candidates.find(isExecutable);
}

/** Starts a moto server on a free port of the loopback address, and waits until it prints its address. */
export async function startMotoServer(path: string): Promise<MotoServer> {
  const child = spawn(path, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = () => {
    child.kill('SIGKILL'); // it has no state to save
    return ended;
  };
  const output: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
  }
  child.once('error', reject);
  void ended.then(() => reject(new Error(`${path} exited; its output:\n${output.join('\n')}`)));
  const late = setTimeout(() => reject(new Error(`${path} did not start; its output:\n${output.join('\n')}`)), 60_000);
  try {
    return { url: await promise, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
