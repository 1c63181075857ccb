/** https://github.com/architect/dynalite: a DynamoDB on LevelDB. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  import type { ChangeLog } from '../events/change-log.ts';

  /** Without a path it keeps everything in memory. */
  export default function dynalite(options: {
    path?: string | undefined;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** Ours: it hands its options on to `create`. */
    changes?: ChangeLog | undefined;
  }): Server;
}

/** What its actions share; they look each function up at every call. */
declare module 'dynalite/db/index.js' {
  import type { ChangeLog } from '../events/change-log.ts';

  export type Item = Record<string, unknown>;
  type Done = (error?: Error | null) => void;
  export type Write = { type: 'put'; key: string; value: Item } | { type: 'del'; key: string };

  interface Index {
    IndexName: string;
  }
  interface TableDescription {
    TableName: string;
    GlobalSecondaryIndexes?: Index[];
  }
  export interface DynaliteStore {
    /** The LevelDB that everything is in. */
    db: Database;
  }
  export interface Database {
    batch(writes: Write[], done: Done): void;
    batch(writes: Write[]): Promise<void>;
    iterator(range: { gt: string; lt: string; limit: number; reverse?: boolean }): { all(): Promise<[string, Item][]> };
  }

  const shared: {
    create(options: { changes?: ChangeLog | undefined }): DynaliteStore;
    /** Called before an item is put, or, with none, deleted. */
    updateIndexes(
      store: DynaliteStore,
      table: TableDescription,
      existing: Item | undefined,
      item: Item | null,
      done: Done,
    ): void;
    getIndexActions(
      indexes: readonly Index[],
      existing: Item | undefined,
      item: Item | null,
      table: TableDescription,
    ): { puts: { index: string; key: string; item: Item }[]; deletes: { index: string; key: string }[] };
    /** The key of an item among the items of its table. */
    createKey(item: Item, table: TableDescription): string;
  };
  export default shared;
}
