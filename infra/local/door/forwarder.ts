import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer, type ProxyServer } from 'httpxy';
import type { Route } from './routes.ts';

type OpenRoute = Extract<Route, { kind: 'open' }>;

/** Milliseconds within which a tenant has to answer the handshake of a WebSocket. */
const HANDSHAKE_MS = 10_000;
const SHARED_DOMAINS: readonly string[] = ['domain=localhost', 'domain=.localhost'];
const SAFE: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS'];

/*
 * A connection that is kept for reuse may be closed by the tenant just when the next request is written to it. Such a
 * request can be sent again if it is safe and has no body. Any other request gets a connection of its own.
 */

/** Forwards requests and WebSockets to tenants. */
export class Forwarder {
  readonly #kept = new Agent({ keepAlive: true, maxFreeSockets: 16 });
  readonly #proxy: ProxyServer;

  constructor(idleMs: number) {
    this.#proxy = createProxyServer({ xfwd: true, proxyTimeout: idleMs, upgradeTimeout: HANDSHAKE_MS });
    this.#proxy.on('proxyRes', (answer, _, response) => {
      // They are about one connection. The door has another one with the visitor.
      delete answer.headers.connection;
      delete answer.headers['keep-alive'];
      (response as ServerResponse).setHeader('keep-alive', 'timeout=60');
      const cookies = answer.headers['set-cookie'];
      if (cookies) answer.headers['set-cookie'] = cookies.map(withoutSharedDomain);
    });
  }

  /** Forwards a request. Returns the error if the tenant did not answer. */
  async forward(
    request: IncomingMessage,
    response: ServerResponse,
    { address, port, end }: OpenRoute,
  ): Promise<NodeJS.ErrnoException | undefined> {
    const agent = isRepeatable(request) ? this.#kept : false;
    dropForwarded(request);
    response.once('close', end);
    try {
      await this.#proxy.web(request, response, { target: { host: address, port }, agent });
      return undefined;
    } catch (error) {
      return error as NodeJS.ErrnoException;
    } finally {
      end();
    }
  }

  /** Connects a WebSocket. The tenant may refuse it, or close it at any time. */
  async connect(request: IncomingMessage, socket: Socket, head: Buffer, { address, port }: OpenRoute): Promise<void> {
    dropForwarded(request);
    await this.#proxy.ws(request, socket, { target: { host: address, port } }, head).catch(() => socket.destroy());
  }

  close(): void {
    this.#kept.destroy();
  }
}

/** Returns true if the request can be sent again after the error. */
export function isTemporary(request: IncomingMessage, { code }: NodeJS.ErrnoException): boolean {
  return isRepeatable(request) && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code ?? '');
}

function isRepeatable({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return SAFE.includes(method) && !hasBody;
}

/** Visitors cannot claim to come from elsewhere: the door tells where they come from. */
function dropForwarded({ headers }: IncomingMessage): void {
  for (const name of Object.keys(headers)) if (/^(?:forwarded|x-forwarded-.*)$/.test(name)) delete headers[name];
}

/** Keeps a cookie of one tenant from others: all of them are below `localhost`. */
function withoutSharedDomain(cookie: string): string {
  const isShared = (attribute: string) => SHARED_DOMAINS.includes(attribute.trim().toLowerCase());
  const [pair, ...attributes] = cookie.split(';');
  return [pair, ...attributes.filter((attribute) => !isShared(attribute))].join(';');
}
