import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';

export interface EngineProxyOptions {
  /** The number of the change (each request but GET and HEAD) after which nothing passes any more. */
  cutAt: number;
  /** Called when that change has taken effect, before its result could be read. */
  onCut?: () => void;
}

/** A proxy in front of a Docker engine that cuts its client off. */
export interface EngineProxy {
  /** For the setting `endpoint`. */
  endpoint: string;
  /** The changes so far, such as `POST /containers/create`. */
  readonly changes: readonly string[];
  isCut(): boolean;
  close(): Promise<void>;
}

/**
 * Opens a proxy that simulates a host killed at one of its requests: the engine carries that request out, but its result is
 * lost, and no later request reaches the engine. What the engine is asked at the same moment is lost likewise.
 */
export async function openEngineProxy({ cutAt, onCut }: EngineProxyOptions): Promise<EngineProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-proxy-'));
  const socketPath = join(folder, 'docker.sock');
  const changes: string[] = [];
  let isCut = false;

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const isChange = method !== 'GET' && method !== 'HEAD';
    const isLast = isChange && !isCut && changes.length + 1 === cutAt;
    if (isCut) return void incoming.destroy();
    if (isChange) changes.push(`${method} ${url.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`);
    if (isLast) isCut = true;
    const upstream = request({ ...engineAddress(), method, path: url, headers }, (answer) => {
      if (isLast) {
        onCut?.();
        server.closeAllConnections();
        return void answer.resume();
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    endpoint: `unix://${socketPath}`,
    changes,
    isCut: () => isCut,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the address of the engine that tests use (DOCKER_HOST, or the local one). */
function engineAddress(): { socketPath: string } | { host: string; port: number } {
  const { socketPath, host, port } = new Docker().modem as unknown as {
    socketPath?: string;
    host: string;
    port: AddressInfo['port'];
  };
  return socketPath ? { socketPath } : { host, port };
}
