import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { findPeer, type PeerSocket, tellsOwners } from './peer-socket.ts';
import { isSame, tokenOf } from './token.ts';

export interface AccessOptions {
  /** The token that every request has to carry. Undefined: processes of this user need none. */
  token: string | undefined;
  /** Returns true if a process of a tenant has the socket with this inode open. Default: no tenant is a process. */
  isTenantSocket?: ((inode: string) => boolean) | undefined;
  /** Default: what the system tells. */
  findPeer?: ((socket: Socket) => PeerSocket | undefined) | undefined;
}

/**
 * Decides who may call the local host. Every process of the machine can connect to the loopback address.
 *
 * With a token, every request needs it. Without one, only processes of this user are served, and none that
 * belongs to a tenant. Linux tells the owner of the caller's socket; elsewhere every process of the machine is served.
 *
 * A connection is judged when it is opened, because a caller could close its socket, or pass it on, after it has sent a
 * request. All requests of the connection share the verdict.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #refused = new WeakMap<Socket, string>();
  readonly #tellsOwners = tellsOwners();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Judges a new connection. */
  judge(socket: Socket): void {
    if (this.#options.token !== undefined || !this.#tellsOwners) return;
    const reason = this.#reasonAgainst(socket);
    if (reason !== undefined) this.#refused.set(socket, reason);
  }

  /** Returns why a request is refused, or undefined if it is to be served. */
  refusalOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): HttpError | undefined {
    const { token } = this.#options;
    if (token !== undefined) {
      const sent = tokenOf(headers.authorization);
      if (sent !== undefined && isSame(sent, token)) return undefined;
      const detail = sent === undefined ? 'this host requires a token' : 'this is not the token of this host';
      return new HttpError('unauthorized', detail, { 'www-authenticate': 'Bearer' });
    }
    const reason = this.#refused.get(socket);
    return reason === undefined ? undefined : new HttpError('forbidden_caller', reason);
  }

  #reasonAgainst(socket: Socket): string | undefined {
    const peer = (this.#options.findPeer ?? findPeer)(socket);
    if (!peer) return 'the owner of this connection is unknown, because its caller has closed it';
    if (peer.uid !== process.geteuid?.()) return 'the caller is a process of another user of this machine';
    if (this.#options.isTenantSocket?.(peer.inode)) return 'the caller is a process of a tenant';
    return undefined;
  }
}
