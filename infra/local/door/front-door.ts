import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { messageOf } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/compute/logger.ts';
import { CommandError } from '../command-line.ts';
import { hostNameOf } from './addresses.ts';
import { Forwarder, isTemporary } from './forwarder.ts';
import { type Page, refuseUpgrade, sendPage } from './pages.ts';
import type { FindOptions, Route, Routes } from './routes.ts';

const SERVER = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 60_000 };
/** Milliseconds after which a connection ends on which nothing moves. */
const IDLE_MS = 120_000;
const MOST_CONNECTIONS = 4096;
/** Milliseconds that `close` waits for requests under way. */
const CLOSE_MS = 5_000;
/** Milliseconds after which nothing is tried again: a tenant that hangs is not asked twice. */
const LONGEST_TRIES_MS = 5_000;
/** Milliseconds before each further try of a request that can be repeated. */
const PAUSES = [0, 100, 250, 500, 1000, 2000];

const STARTING: Page = { status: 503, title: 'Berth is starting', text: 'Try again in a moment.', retryAfter: 1 };

/** What the door needs to find tenants. */
export interface Inside {
  routes: Pick<Routes, 'find'>;
  logger: Logger;
}

/**
 * The server behind the stable addresses of tenants. It listens on the loopback address only, and knows tenants, but
 * nothing of the control plane's API: no route leads to a port of Berth.
 */
export class FrontDoor {
  readonly #server: Server;
  readonly #forwarder = new Forwarder(IDLE_MS);
  readonly #lasting = new Set<Socket>();
  #inside: Inside | undefined;
  #port: number | undefined;

  constructor() {
    // Anything but a WebSocket that asks for an upgrade is served as a plain request, as RFC 9110 allows.
    const shouldUpgradeCallback = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
    this.#server = createServer({ ...SERVER, shouldUpgradeCallback }, (request, response) => {
      void this.#serve(request, response);
    }).on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
    this.#server.timeout = IDLE_MS;
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** The port, once it listens. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Listens on the loopback address. Throws `CommandError` if the port cannot be used. */
  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`;
      const advice = 'Choose another with --front-door-port; 0 finds a free one, and off goes without.';
      reject(new CommandError(`Port ${port} of the front door ${reason}.\n${advice}`));
    });
    this.#server.listen(port, '127.0.0.1', resolve);
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Begins to serve tenants. Until then, visitors are told to wait. */
  open(inside: Inside): void {
    this.#inside = inside;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeIdleConnections();
    for (const socket of this.#lasting) socket.destroy();
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await promise;
    clearTimeout(timer);
    this.#forwarder.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Each try adds listeners.
    request.setMaxListeners(0);
    response.setMaxListeners(0);
    const begun = performance.now();
    let page: Page | undefined;
    for (const [index, pause] of PAUSES.entries()) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      if (response.destroyed) return;
      const route = await this.#find(request, { fresh: index > 0 });
      page = 'status' in route ? route : undefined;
      if ('status' in route) break;
      const error = await this.#forwarder.forward(request, response, route);
      if (error === undefined || response.headersSent || response.destroyed) return;
      page = notReached(route.tenantId, error);
      if (!isTemporary(request, error) || performance.now() - begun > LONGEST_TRIES_MS) break;
    }
    if (page && !response.headersSent && !response.destroyed) sendPage(request, response, page);
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const route = await this.#find(request, { isLasting: true });
    if ('status' in route) {
      refuseUpgrade(socket, route);
      return;
    }
    this.#lasting.add(socket);
    socket.once('close', () => {
      this.#lasting.delete(socket);
      route.end();
    });
    if (socket.destroyed) route.end();
    else await this.#forwarder.connect(request, socket, head, route);
  }

  /** Returns the way to the tenant of a request, or the page to show instead. */
  async #find(request: IncomingMessage, options: FindOptions): Promise<Extract<Route, { kind: 'open' }> | Page> {
    const inside = this.#inside;
    if (!inside) return STARTING;
    const hosts = request.headersDistinct.host ?? [];
    if (hosts.length !== 1 || !request.url?.startsWith('/')) {
      return { status: 400, title: 'Bad request', text: 'Send one host header, and a path.' };
    }
    const host = hostNameOf(hosts[0] ?? '');
    try {
      const route = await inside.routes.find(host, options);
      if (route.kind === 'open') return route;
      if (route.kind === 'unknown') {
        return { status: 404, title: 'No such tenant', text: `No tenant of this machine is at ${host.slice(0, 253)}.` };
      }
      const title = `${route.tenantId} is not available`;
      return { status: 503, title, text: `${route.reason} Try again later.`, retryAfter: 2 };
    } catch (error) {
      inside.logger.warn('tenant not found', { component: 'front-door', host, error: messageOf(error) });
      const text = 'Its provider cannot be reached now. Try again later.';
      return { status: 503, title: 'The tenant is not available', text, retryAfter: 5 };
    }
  }
}

function notReached(tenantId: string, { code }: NodeJS.ErrnoException): Page {
  const title = `${tenantId} is not available`;
  if (code === 'ECONNREFUSED') {
    return { status: 503, title, text: 'It accepts no connections. Try again later.', retryAfter: 2 };
  }
  return { status: 502, title, text: 'It closed the connection without an answer.' };
}
