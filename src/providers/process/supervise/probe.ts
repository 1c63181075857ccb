import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { HealthCheck } from '../../../compute/spec/spec.ts';
import { LOOPBACK } from '../ports.ts';
import type { AssignedPort } from '../records/records.ts';

export interface ProbeTarget {
  check: HealthCheck;
  ports: readonly AssignedPort[];
  /** What the container itself runs with; asked for by checks of type exec only. */
  surroundings: () => Promise<{ env: Record<string, string>; cwd: string }>;
}

/** Checks a container once. Answers undefined where it is healthy, else why not, in words that can be shown to anyone. */
export async function probe(target: ProbeTarget, close: AbortSignal): Promise<string | undefined> {
  const { check } = target;
  const timeout = AbortSignal.timeout(check.timeout_seconds * 1000);
  const signal = AbortSignal.any([timeout, close]);
  try {
    if (check.type === 'exec') return await probeExec(target, signal);
    const port = probedPort(target);
    if (port === undefined) return 'it has no tcp port to be checked on';
    if (check.type === 'tcp') return await probeTcp(port, signal);
    return await probeHttp(port, check.http_path ?? '/', signal);
  } catch (error) {
    if (timeout.aborted) return `no answer within ${check.timeout_seconds} seconds`;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? 'nothing listens on its port' : `the check failed (${code ?? 'unknown error'})`;
  }
}

/** The port on this machine that a check goes to: always the container's own, so that no specification sends Berth elsewhere. */
export function probedPort({ check, ports }: Pick<ProbeTarget, 'check' | 'ports'>): number | undefined {
  const wanted = check.port;
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const port = wanted === undefined ? tcp[0] : tcp.find(({ container_port }) => container_port === wanted);
  return port?.host_port;
}

async function probeHttp(port: number, path: string, signal: AbortSignal): Promise<string | undefined> {
  // Redirects are answers like any other: `node:http` follows none. A connection of its own each time tells the truth.
  const request = get({ host: LOOPBACK, port, path, signal, agent: false, headers: { 'user-agent': 'berth-health' } });
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const { statusCode = 0 } = response;
  request.on('error', () => undefined); // of its end, which nobody waits for
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

async function probeExec({ check, surroundings }: ProbeTarget, signal: AbortSignal): Promise<string | undefined> {
  const [program = '', ...args] = check.command ?? [];
  const child = spawn(program, args, { ...(await surroundings()), detached: true, shell: false, stdio: 'ignore' });
  const { pid } = child;
  // A group of its own, so that a check that hangs is ended with whatever it started.
  const end = () => pid !== undefined && killGroup(pid);
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
    signal.throwIfAborted();
    return code === 0
      ? undefined
      : `its check ${code === null ? `was ended by ${killedBy}` : `exited with code ${code}`}`;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
