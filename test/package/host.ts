import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

export interface HostOptions {
  /** The folder of the installed package. */
  installed: string;
  cwd: string;
  flags?: string[];
  /** Options of Node.js. */
  node?: string[];
  env?: Record<string, string>;
}

/** Starts `berth dev` of an installed package. It ends with the test. */
export function startHost({ installed, cwd, flags = [], node = [], env = {} }: HostOptions) {
  const args = [join(installed, 'src/cli/berth.mjs'), 'dev', '--port', '0', '--data-dir', 'data', ...flags];
  // Without the socket of an engine the host has one provider of its own on every machine.
  const all = { PATH: process.env.PATH, HOME: cwd, DOCKER_HOST: 'unix:///nonexistent', ...env };
  const host = spawn(process.execPath, [...node, ...args], { cwd, env: all, stdio: 'pipe' });
  let output = '';
  for (const stream of [host.stdout, host.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(host, 'exit');
  onTestFinished(async () => {
    host.kill('SIGTERM');
    await ended;
  });
  return { output: () => output, ended, stop: () => host.kill('SIGTERM') };
}

/** Waits until the host is ready. Returns the address that it prints. */
export async function untilListening({ output, ended }: ReturnType<typeof startHost>): Promise<string> {
  const failed = ended.then(() =>
    Promise.reject(new Error(`the host ended before it listened. It printed:\n${output()}`)),
  );
  const listening = vi.waitFor(
    () => {
      const url = /^Berth is listening on (\S+)\n/m.exec(output())?.[1];
      if (!url) throw new Error(`the host does not listen yet. It printed:\n${output()}`);
      return url;
    },
    { timeout: 60_000 },
  );
  return Promise.race([failed, listening]);
}
