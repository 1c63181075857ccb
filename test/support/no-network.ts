import { Socket } from 'node:net';

/** Preloaded into a program by `node --import`, this module makes every attempt to open a connection throw. */
const connect = Socket.prototype.connect;
Socket.prototype.connect = function refuse(this: Socket, ...given: unknown[]) {
  const [options] = [given].flat(2) as { host?: string; port?: number }[];
  if (options?.port === undefined) return Reflect.apply(connect, this, given);
  throw new Error(`the network is disabled, but the program connects to ${options.host}:${options.port}`);
} as typeof connect;
