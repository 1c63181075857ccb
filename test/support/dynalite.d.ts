/** https://github.com/architect/dynalite: a server that speaks DynamoDB's API. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Keeps everything in memory. */
  export default function dynalite(options: { createTableMs?: number }): Server;
}
