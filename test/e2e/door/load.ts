import { Agent, request } from 'node:http';

export interface Tally {
  sent: number;
  /** What went wrong, each in words. */
  failed: string[];
  /** The versions that answered. */
  versions: Set<string>;
}

export interface LoadOptions {
  port: number;
  host: string;
  clients: number;
}

/** Lets clients with connections that they keep send one request after the other, until the returned function is called. */
export function startLoad({ port, host, clients }: LoadOptions): { tally: Tally; stop(): Promise<void> } {
  const tally: Tally = { sent: 0, failed: [], versions: new Set() };
  let isOver = false;
  const running = Array.from({ length: clients }, async (_, index) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Every other client posts, which nothing may send twice.
    const method = index % 2 === 0 ? 'GET' : 'POST';
    while (!isOver) {
      tally.sent += 1;
      try {
        const { status, body } = await send({ port, host, agent, method });
        if (status === 200) tally.versions.add(body);
        else tally.failed.push(`${method}: ${status} ${body}`);
      } catch (error) {
        tally.failed.push(`${method}: ${(error as Error).message}`);
      }
    }
    agent.destroy();
  });
  return {
    tally,
    async stop() {
      isOver = true;
      await Promise.all(running);
    },
  };
}

interface Sent {
  port: number;
  host: string;
  method: string;
  path?: string;
  agent?: Agent;
  headers?: Record<string, string>;
}

/** Sends a request through a front door. `.localhost` names resolve in browsers, but not on every machine. */
export function send({ port, host, method, path = '/', agent, headers }: Sent) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number | undefined;
    headers: import('node:http').IncomingHttpHeaders;
    body: string;
  }>();
  const sent = request(
    { host: '127.0.0.1', port, method, path, headers: { host, ...headers }, ...(agent && { agent }) },
    async (response) => {
      try {
        const body = (await response.setEncoding('utf8').toArray()).join('');
        resolve({ status: response.statusCode, headers: response.headers, body });
      } catch (error) {
        reject(error);
      }
    },
  );
  sent.on('error', reject);
  sent.end(method === 'POST' ? 'a body' : undefined);
  return promise;
}
