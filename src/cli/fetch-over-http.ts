import type { IncomingMessage } from 'node:http';
import type { Fetch } from '../client/fetch.ts';

/**
 * A `fetch` for the client on top of `node:http`. The global `fetch` takes a new process longer to load than Node takes to
 * start.
 */
export const fetchOverHttp: Fetch = async (url, { method, headers, body, signal }) => {
  // An import would read every export of the module, and one of them loads the global fetch. TLS is for https only.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      .end(body);
  });
  const { statusCode: status = 0 } = message;
  const headerOf = (name: string) => message.headers[name.toLowerCase()];
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => headerOf(name)?.toString() ?? null, has: (name) => headerOf(name) !== undefined },
    body: message,
  };
};
