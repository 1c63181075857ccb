import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBTable, tableDefinition } from '../../../src/tenants/store/dynamodb-table.ts';
import type { Table } from '../../../src/tenants/store/table.ts';
import { CommandError } from '../command-error.ts';
import type { ChangeLog } from '../events/change-log.ts';
import { guardServer } from '../http/guard-server.ts';

const TABLE_NAME = 'berth-tenants';

export interface TableServer {
  table: Table;
  client: DynamoDBClient;
  tableName: string;
  close(): Promise<void>;
}

export interface TableServerOptions {
  directory?: string | undefined;
  /** Where the writes of tenants are recorded, until somebody removes the records. */
  changes?: ChangeLog | undefined;
}

/**
 * The tenants table on this machine: a DynamoDB-compatible server in this process, on a port of the loopback address that
 * answers nobody else, with its files in `directory` (without one, in memory). What was acknowledged survives a kill of
 * the process at any point: LevelDB appends every write to its log, as a whole, before that. It does not wait for the
 * disk, so a power cut may take the last writes.
 *
 * One process at a time. Throws `CommandError` where another has the directory, or where it cannot be read.
 */
export async function startTableServer({ directory, changes }: TableServerOptions = {}): Promise<TableServer> {
  if (directory === undefined) return serve({ directory, changes, table: 'create' });
  if (existsSync(join(directory, 'CURRENT'))) await checkReadable(directory);
  else await prepare(directory);
  return serve({ directory, changes, table: 'find' });
}

/** Creates the table aside: a table that a kill left half-created would stay so. */
async function prepare(directory: string): Promise<void> {
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const { close } = await serve({ directory: draft, table: 'create' });
  await close();
  renameSync(draft, directory);
}

/** The server would end the process on files that it cannot open. */
async function checkReadable(directory: string): Promise<void> {
  const { Level } = await import('level');
  const level = new Level(directory, { createIfMissing: false });
  try {
    await level.open();
  } catch (error) {
    const { code, message = '' } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'LEVEL_LOCKED'
        ? `Another process has the tenants table in ${directory} open.\nStop it, or choose another directory with --data-dir.`
        : `The tenants table in ${directory} cannot be read (${message}).\nPut a copy of it in its place. Or move it away, to begin anew: ` +
            'the tenants that still run are then nobody’s, and will be removed.',
    );
  } finally {
    await level.close();
  }
}

interface ServeOptions extends TableServerOptions {
  table: 'create' | 'find';
}

async function serve({ directory, changes, table: expected }: ServeOptions): Promise<TableServer> {
  const [{ default: dynalite }, { makeWritesWhole }, sdk] = await Promise.all([
    import('dynalite'),
    import('./whole-writes.ts'),
    import('@aws-sdk/client-dynamodb'),
  ]);
  makeWritesWhole();
  const accessKeyId = randomBytes(16).toString('hex');
  const server = dynalite({ path: directory, createTableMs: 0, changes });
  const settle = guardServer(server, accessKeyId);
  const client = new sdk.DynamoDBClient({
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: randomBytes(16).toString('hex') },
    // Said here so that nothing is taken from the AWS settings of whoever runs this.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    retryMode: 'standard',
    maxAttempts: 3,
  });
  const close = async () => {
    await settle();
    client.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  };
  try {
    if (expected === 'create') await client.send(new sdk.CreateTableCommand(tableDefinition(TABLE_NAME)));
    // Also where it is there already: once this is answered, the files are open and locked.
    const waiting = { client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.2 };
    await sdk.waitUntilTableExists(waiting, { TableName: TABLE_NAME });
    await changes?.open();
  } catch (error) {
    await close();
    throw error;
  }
  const table = createDynamoDBTable({ tableName: TABLE_NAME, client: async () => client });
  return { table, client, tableName: TABLE_NAME, close };
}

function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}
