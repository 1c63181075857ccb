import { timingSafeEqual } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';

/**
 * Lets only requests that carry this access key through to a DynamoDB-compatible server which itself answers everybody:
 * other users of this machine, and web pages in a browser on it. The key is a random one that never leaves the process.
 * Answers how to end it: nothing more gets through, and what is under way is waited for.
 */
export function guardServer(server: Server, accessKeyId: string): () => Promise<void> {
  const ours = Buffer.from(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`);
  const [answer] = server.listeners('request') as RequestListener[];
  const idle = Promise.withResolvers<void>();
  let underWay = 0;
  let closing = false;
  server.removeAllListeners('request').on('request', (request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '').subarray(0, ours.length);
    const isOurs = given.length === ours.length && timingSafeEqual(given, ours);
    if (!isOurs || closing) {
      response.writeHead(isOurs ? 503 : 403, { connection: 'close' }).end();
      return;
    }
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (closing && underWay === 0) idle.resolve();
    });
    answer?.(request, response);
  });
  return () => {
    closing = true;
    if (underWay === 0) idle.resolve();
    return idle.promise;
  };
}
