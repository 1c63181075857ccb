import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { tableDefinition } from '../../src/tenants/store/dynamodb-table.ts';
import { openLoopback } from './loopback.ts';

export interface DynaliteServer {
  client: DynamoDBClient;
  /** A table that is there already, and empty. */
  tableName: string;
  close(): Promise<void>;
}

/** Starts a server in this process that speaks DynamoDB's API, with everything in memory. */
export async function startDynalite(): Promise<DynaliteServer> {
  const { address, close } = await openLoopback(dynalite({ createTableMs: 0 }));
  const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' };
  const client = new DynamoDBClient({ endpoint: `http://${address}`, region: 'local', credentials });
  const tableName = 'berth-tenants';
  await client.send(new CreateTableCommand(tableDefinition(tableName)));
  return {
    client,
    tableName,
    close() {
      client.destroy();
      return close();
    },
  };
}
