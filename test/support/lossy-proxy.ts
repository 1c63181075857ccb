import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { openLoopback } from './loopback.ts';

/**
 * What happens to the first request of each method and path:
 *
 * - `cut early`: it arrives, and its sender is cut off before it is served.
 * - `cut`: it is served, and the answer is lost.
 * - `torn`: the answer ends in the middle.
 * - `doubled`: it arrives twice at the same time.
 * - `held`: it is served, and the answer comes after the sender gave up.
 */
export const networkFaults = ['cut early', 'cut', 'torn', 'doubled', 'held'] as const;
export type NetworkFault = (typeof networkFaults)[number];

interface Arrived {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Opens a proxy in front of a host, whose network has one kind of fault. It closes with the test. */
export async function openLossyProxy(url: string, fault: NetworkFault) {
  const { hostname, port, host } = new URL(url);
  const seen = new Map<string, Arrived>();

  /** Sends a request to the host. Returns its whole answer. */
  async function send({ method, path, headers, body }: Arrived) {
    const answered = Promise.withResolvers<IncomingMessage>();
    const options = { hostname, port, method, path, headers: { ...headers, host }, agent: false };
    forward(options, answered.resolve).on('error', answered.reject).end(body);
    const answer = await answered.promise;
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const arrived = { method, path, headers, body: await buffer(request) };
    const isFirst = !seen.has(`${method} ${path}`);
    if (isFirst) seen.set(`${method} ${path}`, arrived);
    const present = isFirst ? fault : undefined;
    if (present === 'cut early') {
      response.destroy();
      await send(arrived);
      return;
    }
    const [answer] = await Promise.all([send(arrived), ...(present === 'doubled' ? [send(arrived)] : [])]);
    if (present === 'cut') return void response.destroy();
    if (present === 'held') return void (await new Promise((resolve) => response.once('close', resolve)));
    response.writeHead(answer.status, answer.headers);
    if (present !== 'torn') return void response.end(answer.body);
    response.flushHeaders();
    response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy());
  }

  const { address, close } = await openLoopback((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  onTestFinished(close);
  return {
    url: `http://${address}`,
    /** Delivers every first change again, long after it was answered, and returns the statuses. */
    async repeatChanges(): Promise<number[]> {
      const statuses: number[] = [];
      for (const arrived of seen.values()) {
        if (arrived.method !== 'GET') statuses.push((await send(arrived)).status);
      }
      return statuses;
    },
  };
}
