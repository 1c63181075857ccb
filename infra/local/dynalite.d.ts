declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** https://github.com/architect/dynalite: a DynamoDB on LevelDB. Without a path it keeps everything in memory. */
  export default function dynalite(options: {
    path?: string | undefined;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
