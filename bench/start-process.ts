import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server of the benchmarks, in a process of its own. */
export interface ServerProcess {
  url: string;
  stop(): Promise<void>;
}

/** Starts a server with the memory provider and waits for the address that it prints. */
export async function startProcess(args: readonly string[]): Promise<ServerProcess> {
  const env = { BERTH_PROVIDERS: '{"memory":{"type":"memory"}}', BERTH_FRONT_DOOR_PORT: 'off' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk;
    const url = /listening on (http:\/\/127\.0\.0\.1:[0-9]+)/.exec(printed)?.[1];
    if (url) {
      child.stdout.resume();
      return { url, stop };
    }
  }
  throw new Error(`${args[0]} ended before it listened. It printed: ${printed}`);
}
