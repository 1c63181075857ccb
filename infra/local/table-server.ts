import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBTable, tableDefinition } from '../../src/tenants/dynamodb-table.ts';
import type { Table } from '../../src/tenants/table.ts';

const TABLE_NAME = 'berth-tenants';

export interface TableServer {
  table: Table;
  client: DynamoDBClient;
  close(): Promise<void>;
}

/**
 * The tenants table on this machine: a DynamoDB-compatible server in this process, on a port of the loopback address, with
 * its files in `directory` (without one, in memory). It survives a kill of the process at any point: LevelDB appends every
 * write to its log before it is acknowledged.
 */
export async function startTableServer({ directory }: { directory?: string | undefined } = {}): Promise<TableServer> {
  const [{ default: dynalite }, sdk] = await Promise.all([import('dynalite'), import('@aws-sdk/client-dynamodb')]);
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const port = await listen(server);
  const client = new sdk.DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: randomBytes(16).toString('hex') }, // only needed to sign; the server does not check
  });
  const close = async () => {
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
    await sdk.waitUntilTableExists(
      { client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.2 },
      { TableName: TABLE_NAME },
    );
    return { table: createDynamoDBTable({ tableName: TABLE_NAME, client: async () => client }), client, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}
