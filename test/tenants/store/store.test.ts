import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createDynamoDBTable, tableDefinition } from '../../../src/tenants/store/dynamodb-table.ts';
import { Store } from '../../../src/tenants/store/store.ts';
import { startDynalite } from '../../support/dynalite-server.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import { findMotoServer, startMotoServer } from '../../support/moto-server.ts';
import { aReadyTenant } from '../../support/tenants.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('a table in memory', async () => createMemoryTable());

overServer('dynalite', startDynalite);

const moto = findMotoServer();
if (moto) overServer('moto', () => connectToMoto(moto));
else process.stdout.write('moto_server is not on the PATH: the store is tested in memory and on dynalite only\n');

test('all tenants of a provider are read, also more than one batch', async () => {
  const store = new Store(createMemoryTable());
  const ids = Array.from({ length: 2000 }, (_, n) => `tenant-${String(n).padStart(4, '0')}`);
  for (const id of ids) await store.putTenant(aReadyTenant({ id }), 0);
  const read = await Array.fromAsync(store.tenantsOf('counting'));
  expect(read.map(({ tenant_id }) => tenant_id)).toEqual(ids);
});

interface Connection {
  client: DynamoDBClient;
  close(): Promise<void>;
}

/** Runs the suite against one server, with a new table for each rule. */
function overServer(name: string, connect: () => Promise<Connection>): void {
  let connection: Connection | undefined;
  let tables = 0;
  beforeAll(async () => {
    connection = await connect();
  }, 90_000);
  afterAll(() => connection?.close());

  storeSuite(name, async () => {
    if (!connection) throw new Error(`there is no connection to ${name}`);
    const { client } = connection;
    tables += 1;
    const TableName = `tenants-${tables}`;
    await client.send(new CreateTableCommand(tableDefinition(TableName)));
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.1 }, { TableName });
    return createDynamoDBTable({ tableName: TableName, client: async () => client });
  });
}

async function connectToMoto(path: string): Promise<Connection> {
  const { url, close } = await startMotoServer(path);
  const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
  return {
    client,
    close() {
      client.destroy();
      return close();
    },
  };
}
