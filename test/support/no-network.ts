import { Socket } from 'node:net';

/** Loaded before a program (`node --import`), it ends it with an error at the first attempt to reach anything over the network. */
const connect = Socket.prototype.connect;
Socket.prototype.connect = function refuse(this: Socket, ...given: unknown[]) {
  const [options] = [given].flat(2) as { host?: string; port?: number }[];
  if (options?.port === undefined) return Reflect.apply(connect, this, given);
  throw new Error(`no network here, but something asked for ${options.host}:${options.port}`);
} as typeof connect;
