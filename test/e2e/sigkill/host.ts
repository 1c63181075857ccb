import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../infra/local/main.ts', import.meta.url));

export interface Host {
  url: string;
  /** Sends a signal, and returns when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the local control plane as `npm start` does, by default on a free port; returns when it listens. */
export async function startHost(dataDir: string, port = 0): Promise<Host> {
  const providers = JSON.stringify({ process: { type: 'process', stop_grace_seconds: 1, ready_wait_seconds: 1 } });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, BERTH_PROVIDERS: providers };
  const child = spawn(process.execPath, [main, '--port', String(port), '--data-dir', dataDir], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const url = await readyLine(child, ended);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { url, end };
}

async function readyLine(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  const written: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => written.push(text));
  const { promise, resolve } = Promise.withResolvers<string>();
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      const url = /^Berth is listening on (\S+)$/.exec(line)?.[1];
      if (url) resolve(url);
    });
  }
  const early = ended.then(() => Promise.reject(new Error(`the host ended before it listened: ${written.join('')}`)));
  return Promise.race([promise, early]);
}
