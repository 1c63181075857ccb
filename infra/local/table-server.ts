import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBTable, tableDefinition } from '../../src/tenants/dynamodb-table.ts';
import type { Table } from '../../src/tenants/table.ts';
import { dropIndexes, restoreIndexes } from './rebuild-indexes.ts';

const TABLE_NAME = 'berth-tenants';

export interface TableServer {
  table: Table;
  client: DynamoDBClient;
  close(): Promise<void>;
}

/**
 * The tenants table on this machine: a DynamoDB-compatible server in this process, on a port of the loopback address, with
 * its files in `directory` (without one, in memory). LevelDB appends every write to its log before it is acknowledged, so
 * nothing acknowledged is lost when the process is killed. But the server writes an item and its index entries one after
 * the other: so after a kill the indexes, which say nothing that the items do not, are made anew.
 */
export async function startTableServer({ directory }: { directory?: string | undefined } = {}): Promise<TableServer> {
  const openMark = directory && `${directory}.open`;
  const wasKilled = openMark !== undefined && existsSync(openMark);
  if (directory) mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (directory && wasKilled) await dropIndexes(directory);
  if (openMark) writeFileSync(openMark, '', { mode: 0o600 });

  const [{ default: dynalite }, sdk] = await Promise.all([import('dynalite'), import('@aws-sdk/client-dynamodb')]);
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const client = new sdk.DynamoDBClient({
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: randomBytes(16).toString('hex') }, // requests must be signed, but nobody checks
  });
  const stop = async () => {
    client.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  };
  try {
    await client.send(new sdk.CreateTableCommand(tableDefinition(TABLE_NAME))).catch((error: unknown) => {
      if (!(error instanceof sdk.ResourceInUseException)) throw error;
    });
    const waiting = { client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.2 };
    await sdk.waitUntilTableExists(waiting, { TableName: TABLE_NAME });
    if (wasKilled) await restoreIndexes(client, TABLE_NAME);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    table: createDynamoDBTable({ tableName: TABLE_NAME, client: async () => client }),
    client,
    async close() {
      await stop();
      if (openMark) rmSync(openMark, { force: true });
    },
  };
}

function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}
