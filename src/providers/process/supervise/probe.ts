import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { HealthCheck } from '../../../compute/spec/spec.ts';
import { LOOPBACK, probedPort } from '../ports.ts';
import type { AssignedPort } from '../records/record.ts';

export interface ProbeTarget {
  check: HealthCheck;
  ports: readonly AssignedPort[];
  /** Returns the environment and folder of the container; only checks of type `exec` need them. */
  execOptions: () => Promise<{ env: Record<string, string>; cwd: string }>;
}

/** Runs one health check. Returns undefined if it succeeds, else the reason, which names nothing of the host. */
export async function probe(target: ProbeTarget, close: AbortSignal): Promise<string | undefined> {
  const { check, ports } = target;
  // Not `AbortSignal.timeout`, which aborts after the check, too: that takes a third of the whole time of a check.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), check.timeout_seconds * 1000);
  const signal = AbortSignal.any([timeout.signal, close]);
  try {
    if (check.type === 'exec') return await probeExec(target, signal);
    const port = probedPort(check, ports);
    if (port === undefined) return 'it has no tcp port to be checked on';
    if (check.type === 'tcp') return await probeTcp(port, signal);
    return await probeHttp(port, check.http_path ?? '/', signal);
  } catch (error) {
    if (timeout.signal.aborted) return `no answer within ${check.timeout_seconds} seconds`;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? 'nothing listens on its port' : `the check failed (${code ?? 'unknown error'})`;
  } finally {
    clearTimeout(timer);
  }
}

async function probeHttp(port: number, path: string, signal: AbortSignal): Promise<string | undefined> {
  // `node:http` follows no redirects. Each check opens a connection of its own, so that it also tests the listener.
  const request = get({ host: LOOPBACK, port, path, signal, agent: false, headers: { 'user-agent': 'berth-health' } });
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const { statusCode = 0 } = response;
  request.on('error', () => undefined); // the error of destroying it below
  request.destroy();
  return statusCode >= 200 && statusCode < 400 ? undefined : `it answered HTTP ${statusCode}`;
}

async function probeTcp(port: number, signal: AbortSignal): Promise<undefined> {
  const socket = connect({ host: LOOPBACK, port, signal });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function probeExec({ check, execOptions }: ProbeTarget, signal: AbortSignal): Promise<string | undefined> {
  const [program = '', ...args] = check.command ?? [];
  const child = spawn(program, args, { ...(await execOptions()), detached: true, shell: false, stdio: 'ignore' });
  const { pid } = child;
  // It has a process group of its own, so that a check that hangs is killed together with its children.
  const kill = () => pid !== undefined && killGroup(pid);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
    signal.throwIfAborted();
    return code === 0
      ? undefined
      : `its check ${code === null ? `was ended by ${killedBy}` : `exited with code ${code}`}`;
  } finally {
    signal.removeEventListener('abort', kill);
    kill(); // what the check started and left behind
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has exited since.
  }
}
